import { createServer, type Server, type Socket } from "node:net";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/connection/connect.ts";
import { connectOptions } from "../../src/connection/options.ts";
import type { ConnectionFailed } from "../../src/errors.ts";

/** Two servers with the same superuser; sessions of the second are read-only unless told otherwise. */
let writable: EmbeddedPostgres;
let readOnly: EmbeddedPostgres;

beforeAll(async () => {
  [writable, readOnly] = await Promise.all([
    EmbeddedPostgres.start(),
    EmbeddedPostgres.start({ settings: { default_transaction_read_only: true } }),
  ]);
  for (const { url } of [writable, readOnly]) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("begin read write");
    await client.query("create role somebody superuser login password 's3cret'");
    await client.query("commit");
    await client.end();
  }
});
afterAll(async () => {
  for (const server of [writable, readOnly]) await server.stop({ mode: "immediate" });
});

/** The port of the host that was connected to. */
async function chosen(places: readonly number[], rest = "", password = "s3cret"): Promise<number> {
  const hosts = places.map((port) => `127.0.0.1:${port}`).join(",");
  const url = `postgresql://somebody:${password}@${hosts}/postgres?sslmode=disable${rest}`;
  const connection = await connect(connectOptions({ url, connectTimeout: 0.5 }));
  try {
    return connection.host.port;
  } finally {
    await connection.close();
  }
}

const failure = async (places: readonly number[], rest?: string, password?: string): Promise<ConnectionFailed> =>
  await chosen(places, rest, password).then(
    () => expect.unreachable("a host accepted"),
    (error) => error,
  );

/** Something that listens, does this to whoever comes, and counts them. */
class Fake implements AsyncDisposable {
  count = 0;
  readonly #sockets = new Set<Socket>();
  readonly #listener: Server;

  private constructor(greet: (socket: Socket) => void) {
    this.#listener = createServer((socket) => {
      this.count += 1;
      this.#sockets.add(socket);
      socket.on("error", () => {});
      greet(socket);
    });
  }

  static async listen(greet: (socket: Socket) => void): Promise<Fake> {
    const fake = new Fake(greet);
    await new Promise<void>((resolve) => fake.#listener.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get port(): number {
    return (this.#listener.address() as { port: number }).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }
}

/** ErrorResponse (PostgreSQL, "Message Formats"). */
function refuse(socket: Socket, sqlState: string): void {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0Mnot now\0\0`);
  socket.end(Buffer.concat([Buffer.from([0x45, 0, 0, 0, fields.length + 4]), fields]));
}

/** The answer to whatever is said. */
const refusal =
  (sqlState: string) =>
  (socket: Socket): void =>
    void socket.once("data", () => refuse(socket, sqlState));

const silent = (): void => {};

/** AuthenticationOk and ReadyForQuery, then this to the first statement. */
const welcome =
  (answer: (socket: Socket) => void) =>
  (socket: Socket): void => {
    socket.once("data", () => {
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]));
      socket.once("data", () => answer(socket));
    });
  };

async function closedPort(): Promise<number> {
  const fake = await Fake.listen(silent);
  const { port } = fake;
  await fake[Symbol.asyncDispose]();
  return port;
}

describe("several hosts", () => {
  it("are tried in turn, the first that accepts is taken", async () => {
    expect(await chosen([writable.port, readOnly.port])).toBe(writable.port);
    expect(await chosen([readOnly.port, writable.port])).toBe(readOnly.port);
    expect(await chosen([await closedPort(), writable.port])).toBe(writable.port);
  });

  it("each have their own time to answer", async () => {
    await using first = await Fake.listen(silent);
    await using second = await Fake.listen(silent);
    expect(await chosen([first.port, second.port, writable.port])).toBe(writable.port);
    expect([first.count, second.count]).toEqual([1, 1]);
  });

  it("are tried on when one is starting or full", async () => {
    await using starting = await Fake.listen(refusal("57P03"));
    await using full = await Fake.listen(refusal("53300"));
    expect(await chosen([starting.port, full.port, writable.port])).toBe(writable.port);
  });

  it("are not tried on with a wrong password, which is as wrong there", async () => {
    await using next = await Fake.listen(silent);
    const error = await failure([writable.port, next.port], "", "wr0ng");
    expect(error).toMatchObject({ sqlState: "28P01", port: writable.port, isTransient: false });
    expect(error.message).not.toContain("wr0ng");
    expect(next.count).toBe(0);
  });

  it("tell of each of them when none accepts", async () => {
    const [closed] = [await closedPort()];
    await using starting = await Fake.listen(refusal("57P03"));
    await using mute = await Fake.listen(silent);
    const error = await failure([closed, starting.port, mute.port]);
    expect(error).toMatchObject({ code: "CONNECTION_FAILED", isTransient: true, host: "127.0.0.1", port: mute.port });
    expect(error.message.split("\n")).toEqual([
      `Cannot connect to any host of postgresql://somebody:***@127.0.0.1:${closed},127.0.0.1:${starting.port},127.0.0.1:${mute.port}/postgres:`,
      expect.stringMatching(`^  - 127.0.0.1:${closed}: nothing listens there.*\\(ECONNREFUSED\\)$`),
      expect.stringMatching(`^  - 127.0.0.1:${starting.port}: the server is starting up.*\\(57P03\\)$`),
      `  - 127.0.0.1:${mute.port}: no answer within 0.5 s (DB_CONNECT_TIMEOUT)`,
    ]);
    expect(await failure([closed, writable.port], "", "wr0ng")).toMatchObject({
      sqlState: "28P01",
      isTransient: false,
    });
  });

  it("are asked for what target_session_attrs wants", async () => {
    const both = [readOnly.port, writable.port];
    expect(await chosen(both, "&target_session_attrs=any")).toBe(readOnly.port);
    expect(await chosen(both, "&target_session_attrs=read-write")).toBe(writable.port);
    expect(await chosen(both.toReversed(), "&target_session_attrs=read-only")).toBe(readOnly.port);
    expect(await chosen(both, "&target_session_attrs=primary")).toBe(readOnly.port);
    expect(await chosen(both, "&target_session_attrs=prefer-standby")).toBe(readOnly.port);
    const error = await failure(both, "&target_session_attrs=standby");
    expect(error).toMatchObject({ code: "CONNECTION_FAILED", isTransient: true });
    expect(error.message).toMatch(/target_session_attrs wants standby/);
  });
});

describe("a failure", () => {
  it.each([
    ["57P03", true],
    ["53300", true],
    ["57P01", true],
    ["28000", false],
    ["3D000", false],
    ["42501", false],
  ])("with SQLSTATE %s is transient: %s", async (sqlState, isTransient) => {
    await using fake = await Fake.listen(refusal(sqlState));
    expect(await failure([fake.port])).toMatchObject({ code: "CONNECTION_FAILED", sqlState, isTransient });
  });

  it.each([
    ["closed at once", (socket: Socket) => void socket.end()],
    ["reset", (socket: Socket) => void socket.resetAndDestroy()],
    ["never answered", silent],
    ["reset after it was made", welcome((socket) => void socket.resetAndDestroy())],
    ["silent after it was made", welcome(silent)],
  ])("of a connection that is %s is transient", async (_, greet) => {
    await using fake = await Fake.listen(greet);
    const error = await failure([fake.port]);
    expect(error).toMatchObject({ code: "CONNECTION_FAILED", isTransient: true });
    expect("sqlState" in error).toBe(false);
  });

  it("tells why the server ended the connection after it was made", async () => {
    await using fake = await Fake.listen(welcome((socket) => refuse(socket, "57P01")));
    expect(await failure([fake.port])).toMatchObject({ sqlState: "57P01", isTransient: true });
  });

  it("of a socket that is not there yet is transient", async () => {
    const connecting = connect(connectOptions({ url: "postgresql://u:p@%2Fnonexistent-directory/d" }));
    await expect(connecting).rejects.toMatchObject({
      isTransient: true,
      message: expect.stringContaining("there is no such socket"),
    });
  });
});
