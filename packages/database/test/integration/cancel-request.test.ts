import dns from "node:dns";
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { type CancelRequest, sendCancelRequest } from "../../src/connection/cancel-request.ts";
import { connect } from "../../src/connection/connect.ts";
import { connectOptions, type DatabaseOptions } from "../../src/connection/options.ts";
import { tlsAttempts } from "../../src/connection/tls.ts";
import { PrivateAuthority } from "./private-authority.ts";
import { startTlsServer, type TlsServer } from "./tls-server.ts";

let server: TlsServer;
let stranger: PrivateAuthority;
/** A session that sleeps, over TLS, of a user who is let in by TLS alone. */
let sleeper: pg.Client;
let asleep: Promise<unknown>;
let hasWoken: boolean;

beforeAll(async () => {
  [server, stranger] = await Promise.all([startTlsServer(), PrivateAuthority.create()]);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await stranger[Symbol.asyncDispose]();
});
beforeEach(async () => {
  sleeper = new pg.Client({ connectionString: server.urlOf("tls_only"), ssl: { rejectUnauthorized: false } });
  sleeper.on("error", () => {}); // each test ends with its end
  await sleeper.connect();
  hasWoken = false;
  asleep = sleeper.query("select pg_sleep(60)").catch((error) => {
    hasWoken = true;
    return error.code;
  });
  // A request that arrives before the statement cancels nothing.
  const sleeping = "select from pg_stat_activity where usename = 'tls_only' and wait_event = 'PgSleep'";
  while ((await server.query(sleeping)).length === 0);
});
afterEach(async () => {
  await server.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tls_only'");
  await sleeper.end();
});

function request(changes: Partial<CancelRequest> = {}): CancelRequest {
  const { processID, secretKey } = sleeper as unknown as { processID: number; secretKey: number };
  return { host: "127.0.0.1", port: server.port, ssl: false, processId: processID, secretKey, timeout: 10, ...changes };
}

type LookupDone = (error: null, addresses: readonly dns.LookupAddress[]) => void;

/** The TLS settings of a session with these options. */
function tlsOf(options: Partial<DatabaseOptions>): CancelRequest["ssl"] {
  const connecting = connectOptions({ url: server.urlOf("tls_only"), ...options });
  return tlsAttempts(connecting.hosts[0]!, connecting)[0]!;
}

/** Listens until the test is over; says where. */
async function listen(
  listener: Server,
  at: string | { port: number; host: string },
): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  listener.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => listener.listen(at, resolve));
  return {
    port: typeof at === "string" ? 0 : (listener.address() as { port: number }).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** @param said takes what clients say. */
function relayTo(port: number, said: Buffer[] = []): Server {
  return createServer((socket) => {
    const upstream = connectSocket(port, "127.0.0.1");
    upstream.on("error", () => {});
    socket.on("data", (bytes) => said.push(bytes));
    socket.pipe(upstream).pipe(socket);
  });
}

const LOOPBACK = { host: "127.0.0.1", port: 0 };

it("ends what a session runs", async () => {
  await sendCancelRequest(request());
  expect(await asleep).toBe("57014");
});

it("goes by TLS when the session does, with the session's checks", async () => {
  const said: Buffer[] = [];
  await using relay = await listen(relayTo(server.port, said), LOOPBACK);
  const ssl = tlsOf({ sslMode: "verify-full", sslRootCert: server.authority.certificate });
  await sendCancelRequest(request({ ssl, port: relay.port }));
  expect(await asleep).toBe("57014");
  expect(Buffer.concat(said).subarray(0, 9).toString("hex")).toBe("0000000804d2162f16"); // SSLRequest, a TLS handshake
});

it("is not sent to a server that fails the session's checks", async () => {
  const ssl = tlsOf({ sslMode: "verify-full", sslRootCert: stranger.certificate });
  await expect(sendCancelRequest(request({ ssl }))).rejects.toThrow(/certificate/);
  const named = tlsOf({ sslMode: "verify-full", sslRootCert: server.authority.certificate });
  await expect(sendCancelRequest(request({ ssl: named, host: "127.1" }))).rejects.toThrow(/127\.1/);
  expect(hasWoken).toBe(false);
});

it("goes to the address that the session has, whatever its name stands for by now", async () => {
  await sendCancelRequest(request({ host: "moved.invalid", address: "127.0.0.1" }));
  expect(await asleep).toBe("57014");
});

it("is checked against the name, also where the address is given", async () => {
  const ssl = tlsOf({ sslMode: "verify-full", sslRootCert: server.authority.certificate });
  const elsewhere = sendCancelRequest(request({ ssl, host: "moved.invalid", address: "127.0.0.1" }));
  await expect(elsewhere).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  expect(hasWoken).toBe(false);
  await sendCancelRequest(request({ ssl, host: "localhost", address: "127.0.0.1" }));
  expect(await asleep).toBe("57014");
});

it("is not sent in plain text to a server that has no TLS, nor when something comes before TLS", async () => {
  for (const answer of ["N", "S, and more", "E"]) {
    const received: Buffer[] = [];
    await using fake = await listen(
      createServer((socket) => {
        socket.on("data", (bytes) => received.push(bytes));
        socket.write(answer);
      }),
      LOOPBACK,
    );
    const ssl = tlsOf({ sslMode: "require" });
    await expect(sendCancelRequest(request({ ssl, port: fake.port }))).rejects.toThrow(/over TLS/);
    expect(Buffer.concat(received).length).toBeLessThanOrEqual(8); // the question for TLS
  }
});

it("goes by a Unix socket", async () => {
  const directory = await mkdtemp(join(tmpdir(), "hypertroq-socket-"));
  try {
    await using _ = await listen(relayTo(server.port), join(directory, ".s.PGSQL.6543"));
    await sendCancelRequest(request({ host: directory, port: 6543 }));
    expect(await asleep).toBe("57014");
  } finally {
    await rm(directory, { recursive: true });
  }
});

it("with a wrong secret is dealt with, to no effect", async () => {
  await sendCancelRequest(request({ secretKey: request().secretKey ^ 1 }));
  await server.query("select pg_sleep(0.05)");
  expect(hasWoken).toBe(false);
});

it("says that nothing listens", async () => {
  const gone = await listen(createServer(), LOOPBACK);
  await gone[Symbol.asyncDispose]();
  await expect(sendCancelRequest(request({ port: gone.port }))).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

it.each([false, true])("gives up on a server that says nothing (TLS: %s)", async (hasTls) => {
  await using silent = await listen(createServer(), LOOPBACK);
  const ssl = hasTls ? tlsOf({ sslMode: "require" }) : false;
  await expect(sendCancelRequest(request({ ssl, port: silent.port, timeout: 0.1 }))).rejects.toThrow(
    "no answer to the cancel request within 0.1 s",
  );
});

it("settles however abruptly the server ends the connection", async () => {
  await using abrupt = await listen(
    createServer((socket) => socket.once("data", () => socket.resetAndDestroy())),
    LOOPBACK,
  );
  await sendCancelRequest(request({ port: abrupt.port }));
  expect(hasWoken).toBe(false);
});

it("is what an abort sends, over TLS, and the connection goes on", async () => {
  const connection = await connect(
    connectOptions({
      url: server.urlOf("tls_only"),
      sslMode: "verify-full",
      sslRootCert: server.authority.certificate,
    }),
  );
  try {
    const abort = new AbortController();
    const running = connection.query("select pg_sleep(60)", [], abort.signal);
    const sleeping = "select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'";
    while ((await server.query(sleeping, [connection.processId])).length === 0);
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: "QUERY_CANCELED" });
    expect((await connection.query("select 1")).rows).toEqual([[1]]);
  } finally {
    await connection.close();
  }
});

it("is sent to the session's server, when its name stands for several", async () => {
  let address = "127.0.0.1";
  const lookup = vi.spyOn(dns, "lookup").mockImplementation(((_name: string, _options: object, done: LookupDone) => {
    done(null, [{ address, family: 4 }]);
  }) as never);
  const url = server.urlOf("tls_only", "sslmode=require").replace("127.0.0.1", "several.invalid");
  const connection = await connect(connectOptions({ url, connectTimeout: 5 }));
  try {
    address = "127.0.0.2"; // where nothing listens
    const abort = new AbortController();
    const running = connection.query("select pg_sleep(60)", [], abort.signal);
    const sleeping = "select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'";
    while ((await server.query(sleeping, [connection.processId])).length === 0);
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: "QUERY_CANCELED" });
  } finally {
    lookup.mockRestore();
    await connection.close();
  }
});
