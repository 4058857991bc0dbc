import { once } from "node:events";
import { connect as connectSocket, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions as TlsOptions } from "node:tls";
import type { Host } from "../url.ts";

/** What a cancel request needs of the connection that it is about. */
export interface CancelRequest extends Host {
  /**
   * The IP address that the session is connected to; the host's name, which may stand for several servers or for another
   * one by now, is then what the certificate is checked against. Undefined with a Unix socket.
   */
  readonly address?: string | undefined;
  /** The TLS settings that the session was made with: the request gets the same protection, and the same checks. */
  readonly ssl: TlsOptions | false;
  readonly processId: number;
  readonly secretKey: number;
  /** Seconds that all of it may take. */
  readonly timeout: number;
  /** Aborting it gives up: nobody waits for the statement any more. */
  readonly signal?: AbortSignal | undefined;
}

const CANCEL_REQUEST = 80_877_102;
const SSL_REQUEST = 80_877_103;

/**
 * Asks the server to cancel what a process runs, by CancelRequest (PostgreSQL, "Canceling Requests in Progress") on a
 * connection of its own, as the protocol wants it. Resolves when the server has closed that connection: it has dealt with
 * the request by then, whether or not there was anything to cancel.
 *
 * @throws what the socket or TLS said, or that the server has no TLS, or that the time was up.
 */
export async function sendCancelRequest(request: CancelRequest): Promise<void> {
  const { host, address, port, ssl, processId, secretKey, timeout } = request;
  // A host that is an IP address may have a zone (fe80::1%eth0), which the address of a socket has not.
  const place = isIP(host) === 0 ? (address ?? host) : host;
  const socket = host.startsWith("/") ? connectSocket(`${host}/.s.PGSQL.${port}`) : connectSocket(port, place);
  const isLate = AbortSignal.any([AbortSignal.timeout(timeout * 1000), ...(request.signal ? [request.signal] : [])]);
  let stream: Socket = socket;
  try {
    await once(socket, "connect", { signal: isLate });
    if (ssl !== false) stream = await encrypt(socket, host, ssl, isLate);
    await send(stream, message(CANCEL_REQUEST, processId, secretKey), isLate);
  } catch (error) {
    throw isLate.aborted ? new Error(`no answer to the cancel request within ${timeout} s`) : error;
  } finally {
    stream.on("error", () => {}); // what it may still say is of no interest
    stream.destroy();
    socket.destroy();
  }
}

/** SSLRequest, the server's `S`, and the handshake (PostgreSQL, "SSL Session Encryption"). */
async function encrypt(socket: Socket, host: string, ssl: TlsOptions, signal: AbortSignal): Promise<Socket> {
  socket.write(message(SSL_REQUEST));
  const [answer] = (await once(socket, "data", { signal })) as [Buffer];
  // More than the one byte is text that somebody put before the handshake, to be taken for the server's afterwards.
  if (answer.toString("latin1") !== "S") throw new Error("the server does not take the cancel request over TLS");
  const stream = connectTls({ ...ssl, socket, host, ...(isIP(host) === 0 && { servername: host }) });
  await once(stream, "secureConnect", { signal });
  return stream;
}

/** Writes the message and waits for the server to close, which it does without a word, and not always gently. */
function send(stream: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let isWritten = false;
    stream.once("error", (error: NodeJS.ErrnoException) => {
      if (isWritten && error.code === "ECONNRESET") resolve();
      else reject(error);
    });
    stream.once("close", () => {
      if (isWritten) resolve();
      else reject(new Error("the server closed the connection before the cancel request was sent"));
    });
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    stream.resume();
    stream.write(bytes, (error) => {
      isWritten = !error;
    });
  });
}

function message(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + numbers.length * 4);
  [bytes.length, ...numbers].forEach((number, i) => {
    bytes.writeInt32BE(number, i * 4);
  });
  return bytes;
}
