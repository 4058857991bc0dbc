import { connect as connectSocket, createServer, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";

/** SSLRequest (PostgreSQL, "Message Formats"). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Somebody who holds a certificate that clients trust, and passes on what they say to the server. */
export interface ManInTheMiddle extends AsyncDisposable {
  readonly port: number;
}

/** What becomes of a client; further sockets for it are given to `keep`, to be closed in the end. */
export type Treatment = (inside: Socket, keep: <S extends Socket>(socket: S) => S) => void;

/** Passes on what is said to the server at `port` and what it answers, over TLS there too. */
export const passOnTo =
  (port: number): Treatment =>
  (inside, keep) => {
    const server = keep(connectSocket(port, "127.0.0.1"));
    server.write(SSL_REQUEST);
    server.once("data", () => {
      const outside = keep(connectTls({ socket: server, rejectUnauthorized: false }));
      inside.pipe(outside).pipe(inside);
    });
  };

/** Ends TLS with its clients under a certificate of its own. */
export async function manInTheMiddle(
  treat: Treatment,
  identity: { cert: string; key: string },
): Promise<ManInTheMiddle> {
  const sockets = new Set<Socket>();
  const keep = <S extends Socket>(socket: S): S => {
    sockets.add(socket);
    socket.on("error", () => {});
    return socket;
  };
  const listener = createServer((client) => {
    keep(client).once("data", () => {
      client.write("S");
      treat(keep(new TLSSocket(client, { isServer: true, ...identity })), keep);
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    port: (listener.address() as { port: number }).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
