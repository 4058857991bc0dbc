// Runs pg_dump, compiled to WebAssembly, in a thread of its own: it asks the server and waits for the answer inside one call,
// which only a thread that stands still can do. Plain JavaScript, because threads of Node 20 take nothing else.
import { receiveMessageOnPort, workerData } from "node:worker_threads";

const { module, args, startup, port, bell } = workerData;

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;

/** What libpq has written and is no whole message yet. */
let pending = Buffer.alloc(0);
let hasStarted = false;

/** Stands in for a PGlite: three methods are all that pgDump uses. */
const pg = {
  query: async () => ({ rows: [{ search_path: "" }] }),
  exec: async () => {},
  execProtocolRawStream(bytes, { onRawData }) {
    pending = Buffer.concat([pending, bytes]);
    for (;;) {
      const length = lengthOf(pending);
      if (length === undefined || pending.length < length) return;
      const message = pending.subarray(0, length);
      pending = pending.subarray(length);
      if (!hasStarted) start(message, onRawData);
      else if (message[0] !== 0x58) ask(message, onRawData); // X, Terminate: the other side closes
    }
  },
};

/** Of the first message, undefined while that is not known. The first of all has no type. */
function lengthOf(bytes) {
  const at = hasStarted ? 1 : 0;
  return bytes.length < at + 4 ? undefined : at + bytes.readInt32BE(at);
}

/** The connection is there already, and authenticated. */
function start(message, onRawData) {
  const code = message.readInt32BE(4);
  if (code === SSL_REQUEST || code === GSS_REQUEST) {
    onRawData(Buffer.from("N"));
    return;
  }
  hasStarted = true;
  onRawData(startup);
}

/** Hands a message on; after one that is answered, waits until the server is ready for the next. */
function ask(message, onRawData) {
  const isAnswered = message[0] === 0x51 || message[0] === 0x53; // Q, Query; S, Sync
  port.postMessage({ message: Uint8Array.from(message), isAnswered });
  while (isAnswered) {
    Atomics.wait(bell, 0, 0);
    Atomics.store(bell, 0, 0);
    for (let taken = receiveMessageOnPort(port); taken !== undefined; taken = receiveMessageOnPort(port)) {
      onRawData(taken.message.bytes);
      if (taken.message.isReady) return;
    }
  }
}

const { pgDump } = await import(module);
try {
  const file = await pgDump({ pg, args });
  port.postMessage({ text: await file.text() });
} catch (error) {
  port.postMessage({ failure: String(error?.message ?? error) });
}
port.close();
