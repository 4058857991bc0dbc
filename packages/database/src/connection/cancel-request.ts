import { connect as connectSocket } from "node:net";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { Host } from "../url.ts";

export interface CancelRequest extends Host {
  readonly ssl: TlsOptions | false;
  readonly processId: number;
  readonly secretKey: number;
  /** Seconds that the server has. */
  readonly timeout: number;
}

/**
 * Asks the server to cancel what a process runs, by CancelRequest (PostgreSQL, "Message Formats") on a connection of its
 * own, as the protocol wants it. Resolves when the server has closed that connection, and so dealt with the request.
 */
export async function sendCancelRequest({ host, port, processId, secretKey, timeout }: CancelRequest): Promise<void> {
  const socket = host.startsWith("/") ? connectSocket(`${host}/.s.PGSQL.${port}`) : connectSocket(port, host);
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(80_877_102, 4);
  message.writeInt32BE(processId, 8);
  message.writeInt32BE(secretKey, 12);
  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(timeout * 1000, () => socket.destroy(new Error("no answer to the cancel request")));
    socket.once("error", reject);
    socket.once("close", () => resolve());
    socket.end(message);
  });
}
