import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createSecureContext, TLSSocket } from "node:tls";
import { inspect } from "node:util";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/connection/connect.ts";
import { connectOptions, type DatabaseOptions } from "../../src/connection/options.ts";
import { FaultProxy } from "../faults/proxy.ts";
import { type Issued, PrivateAuthority, read } from "./private-authority.ts";
import { startTlsServer, type TlsServer } from "./tls-server.ts";

let server: TlsServer;
let plain: EmbeddedPostgres;
let stranger: PrivateAuthority;
/** Roots: the server's authority, and one that nobody was signed by. */
let known: string;
let unknown: string;

beforeAll(async () => {
  [server, plain, stranger] = await Promise.all([
    startTlsServer(),
    EmbeddedPostgres.start(),
    PrivateAuthority.create(),
  ]);
  known = server.authority.certificate;
  unknown = stranger.certificate;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await stranger[Symbol.asyncDispose]();
  await plain.stop({ mode: "immediate" });
});

/** Connects, and says whether the server sees TLS; rejects as connecting does. */
async function isEncrypted(options: DatabaseOptions): Promise<boolean> {
  const connection = await connect(connectOptions({ connectTimeout: 5, ...options }));
  try {
    const { rows } = await connection.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
    return rows[0]![0] as boolean;
  } finally {
    await connection.close();
  }
}

/** What connecting fails with. */
async function failure(options: DatabaseOptions): Promise<Error & { code?: string; sqlState?: string }> {
  return await isEncrypted(options).then(
    () => expect.unreachable("the connection was made"),
    (error) => error,
  );
}

describe("sslmode", () => {
  it.each([
    [undefined, "neither", true],
    ["disable", "neither", false],
    ["disable", "known", false],
    ["prefer", "neither", true],
    ["prefer", "known", true],
    ["prefer", "unknown", false],
    ["require", "neither", true],
    ["require", "known", true],
    ["verify-ca", "known", true],
    ["verify-full", "known", true],
  ] as const)("%s with %s root encrypts: %s", async (sslMode, root, expected) => {
    const sslRootCert = { neither: undefined, known, unknown }[root];
    expect(await isEncrypted({ url: server.url, sslMode, sslRootCert })).toBe(expected);
  });

  it.each([
    ["require", "unknown"],
    ["verify-ca", "unknown"],
    ["verify-ca", "neither"],
    ["verify-full", "unknown"],
    ["verify-full", "neither"],
    ["verify-full", "system"],
  ] as const)("%s with %s root refuses the server", async (sslMode, root) => {
    const sslRootCert = { neither: undefined, unknown, system: "system" }[root];
    const error = await failure({ url: server.url, sslMode, sslRootCert });
    expect(error).toMatchObject({ code: "CONNECTION_FAILED", isTransient: false });
    expect(error.message).toMatch(/signed by an authority that is not trusted here\. Name that .* in DB_SSL_ROOT_CERT/);
  });

  it("verify-full alone minds under which name it was connected to, IP addresses included", async () => {
    const named = server.url.replace("127.0.0.1", "localhost");
    const other = server.url.replace("127.0.0.1", "127.1"); // the same address, but not in the certificate
    expect(await isEncrypted({ url: named, sslMode: "verify-full", sslRootCert: known })).toBe(true);
    expect(await isEncrypted({ url: other, sslMode: "verify-ca", sslRootCert: known })).toBe(true);
    expect(await isEncrypted({ url: other, sslMode: "require", sslRootCert: known })).toBe(true);
    const error = await failure({ url: other, sslMode: "verify-full", sslRootCert: known });
    expect(error.message).toMatch(/the server's certificate is for another name/);
    expect(inspect(error)).not.toContain("subject:"); // the certificate is no part of the error
  });

  it("in the URL counts, and the option goes before it", async () => {
    const url = `${server.url}?sslmode=disable&sslrootcert=${encodeURIComponent(known)}`;
    expect(await isEncrypted({ url })).toBe(false);
    expect(await isEncrypted({ url, sslMode: "verify-full" })).toBe(true);
  });

  it("says that a server without TLS has none, and prefers none then", async () => {
    for (const sslMode of ["require", "verify-ca", "verify-full"] as const) {
      const error = await failure({ url: plain.url, sslMode });
      expect(error.message).toContain("the server has no TLS. Turn it on there, or allow plain text with sslmode");
    }
    expect(await isEncrypted({ url: plain.url })).toBe(false);
  });

  it("prefer goes on in plain text on the connection on which the server said that it has no TLS", async () => {
    await using proxy = await FaultProxy.start(plain.url);
    const connection = await connect(connectOptions({ url: proxy.url }));
    expect(proxy.accepted).toBe(1);
    const abort = new AbortController();
    const slept = connection.query("select pg_sleep(60)", [], abort.signal);
    abort.abort();
    await expect(slept).rejects.toMatchObject({ code: "QUERY_CANCELED" }); // a request that does not ask for TLS either
    expect(proxy.accepted).toBe(2);
    await connection.close();
  });

  it("prefer takes plain text where pg_hba.conf lets a user in without TLS only, require does not", async () => {
    expect(await isEncrypted({ url: server.urlOf("plain_only") })).toBe(false);
    expect(await failure({ url: server.urlOf("plain_only", "sslmode=require") })).toMatchObject({ sqlState: "28000" });
    expect(await isEncrypted({ url: server.urlOf("tls_only") })).toBe(true);
    expect(await failure({ url: server.urlOf("tls_only", "sslmode=disable") })).toMatchObject({ sqlState: "28000" });
  });

  it.each(["disable", "prefer", "require", "verify-ca"] as const)(
    "%s is too weak for the system's roots",
    async (mode) => {
      const error = await failure({ url: server.url, sslMode: mode, sslRootCert: "system" });
      expect(error).toMatchObject({ code: "SETTINGS_INVALID" });
      expect(error.message).toContain(`sslmode must be verify-full, not ${mode}`);
    },
  );
});

describe("client certificates", () => {
  let issued: Issued;
  const withFiles = (cert: string, key: string): string =>
    server.urlOf("certified", `sslmode=require&sslcert=${encodeURIComponent(cert)}&sslkey=${encodeURIComponent(key)}`);

  beforeAll(async () => {
    issued = await server.authority.issue("certified", "certified");
  });

  it("let their owner in, and nobody without or with another's", async () => {
    expect(await isEncrypted({ url: withFiles(issued.cert, issued.key) })).toBe(true);
    expect(await failure({ url: server.urlOf("certified", "sslmode=require") })).toMatchObject({ sqlState: "28000" });
    const other = await server.authority.issue("other", "other");
    expect(await failure({ url: withFiles(other.cert, other.key) })).toMatchObject({ sqlState: "28000" });
  });

  it("that cannot be used are a matter of settings", async () => {
    const other = await server.authority.issue("mismatch", "certified");
    const text = join(server.authority.directory, "text.pem");
    await writeFile(text, "no certificate");
    const broken = join(server.authority.directory, "broken.pem");
    await writeFile(broken, readFileSync(issued.cert, "utf8").slice(0, 200));
    for (const [url, reason] of [
      [withFiles(issued.cert, other.key), /the key without a passphrase and that of the certificate \(ERR_/],
      [withFiles(broken, issued.key), /must be PEM files/],
      [withFiles(text, issued.key), /sslcert names .*text\.pem, which is no PEM file/],
      [withFiles(issued.cert, join(server.authority.directory, "none.key")), /sslkey names .*none\.key, .*\(ENOENT\)/],
    ] as const) {
      const error = await failure({ url });
      expect(error).toMatchObject({ code: "SETTINGS_INVALID" });
      expect(error.message).toMatch(reason);
    }
  });
});

it("says which root certificate it cannot use", async () => {
  const missing = join(server.authority.directory, "none.pem");
  const error = await failure({ url: server.url, sslMode: "verify-full", sslRootCert: missing });
  expect(error.message).toMatch(/DB_SSL_ROOT_CERT.*none\.pem, which cannot be read \(ENOENT\)/);
  const empty = join(server.authority.directory, "empty.pem");
  await writeFile(empty, "");
  expect((await failure({ url: server.url, sslMode: "require", sslRootCert: empty })).message).toMatch(
    /is no PEM file/,
  );
});

it("tells the server the name it was connected to (SNI), and never an IP address", async () => {
  const { cert, key } = await read(await server.authority.issue("sni", "localhost"));
  const names: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write("S");
      const secure = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext({ cert, key }) });
      secure.on("error", () => {});
      secure.once("data", () => {
        names.push((secure as TLSSocket & { servername?: string }).servername || undefined);
        secure.destroy();
      });
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as { port: number };
  for (const host of ["localhost", "127.0.0.1"]) {
    const error = await failure({ url: `postgresql://u:p@${host}:${port}/d?sslmode=require` });
    expect(error).toMatchObject({ code: "CONNECTION_FAILED", isTransient: true });
  }
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => listener.close(resolve));
  expect(names).toEqual(["localhost", undefined]);
});
