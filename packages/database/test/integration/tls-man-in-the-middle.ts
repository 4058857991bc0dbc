import { connect as connectSocket, createServer, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";

/** SSLRequest (PostgreSQL, "Message Formats"). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Somebody who holds a certificate that clients trust, and passes on what they say to the server. */
export interface ManInTheMiddle extends AsyncDisposable {
  readonly port: number;
}

/** Ends TLS with the client under its own certificate, and begins another with the server at `port`. */
export async function manInTheMiddle(port: number, identity: { cert: string; key: string }): Promise<ManInTheMiddle> {
  const sockets = new Set<Socket>();
  const keep = <S extends Socket>(socket: S): S => {
    sockets.add(socket);
    socket.on("error", () => {});
    return socket;
  };
  const listener = createServer((client) => {
    keep(client).once("data", () => {
      client.write("S");
      const inside = keep(new TLSSocket(client, { isServer: true, ...identity }));
      const server = keep(connectSocket(port, "127.0.0.1"));
      server.write(SSL_REQUEST);
      server.once("data", () => {
        const outside = keep(connectTls({ socket: server, rejectUnauthorized: false }));
        inside.pipe(outside).pipe(inside);
      });
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
