import type { Socket } from "node:net";
import type pg from "pg";
import type { Wire } from "./flight.ts";
import { type MessageHandlers, MessageSplitter } from "./message-splitter.ts";

/** What is used of the inside of the driver's client, which its types do not have. */
export interface DriverWire extends Wire {
  readonly stream: Wire["stream"] & Pick<Socket, "bytesRead" | "remoteAddress" | "destroy" | "isPaused">;
  on(event: "readyForQuery", run: (message: { readonly status: string }) => void): void;
  on(event: "parameterStatus", run: (message: { readonly parameterName: string }) => void): void;
  /** Called with the stream that messages come from: the socket, or what TLS makes of it. */
  attachListeners(stream: Socket): void;
  /** What the driver is told when TLS is there: it logs in. */
  emit(event: "sslconnect"): void;
}

type Listener = (bytes: Buffer) => void;

export function wireOf(client: pg.Client): DriverWire {
  return (client as unknown as { connection: DriverWire }).connection;
}

/** Comes between the stream and the driver, which reads what is neither row nor copied data. */
export function splitMessages(wire: DriverWire, handlers: Omit<MessageHandlers, "others">): void {
  const attach = wire.attachListeners;
  wire.attachListeners = (stream) => {
    const before = stream.listeners("data");
    attach.call(wire, stream);
    const [others] = stream.listeners("data").filter((listener) => !before.includes(listener)) as Listener[];
    if (others === undefined) throw new Error("The driver reads its stream in another way than this layer knows.");
    const splitter = new MessageSplitter({ ...handlers, others });
    stream.off("data", others);
    stream.on("data", (chunk: Buffer) => splitter.push(chunk));
  };
}

/**
 * To be called while the driver waits for the answer to SSLRequest: where that is `N`, it logs in in plain text on the same
 * socket (PostgreSQL, "SSL Session Encryption"), where it would hang up.
 */
export function goOnInPlainText(wire: DriverWire, onPlainText: () => void): void {
  const socket = wire.stream as unknown as Socket;
  const takeAnswer = (socket.listeners("data") as Listener[]).at(-1);
  if (takeAnswer === undefined) throw new Error("The driver asks for TLS in another way than this layer knows.");
  socket.off("data", takeAnswer);
  socket.once("data", (answer: Buffer) => {
    if (answer.toString("latin1") !== "N") return takeAnswer.call(socket, answer);
    onPlainText();
    wire.attachListeners(socket);
    wire.emit("sslconnect");
  });
}
