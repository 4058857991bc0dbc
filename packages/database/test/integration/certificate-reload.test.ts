import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DatabaseManager } from "../../src/index.ts";
import { PrivateAuthority } from "./private-authority.ts";
import { startTlsServer, type TlsServer } from "./tls-server.ts";

let server: TlsServer;
let directory: string;

beforeAll(async () => {
  server = await startTlsServer();
  directory = await mkdtemp(join(tmpdir(), "hypertroq-reload-"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

it("certificates that are renewed count from the next connection on, and half renewed ones do no harm", async () => {
  const file = (name: string): string => join(directory, name);
  const issue = async (): Promise<{ cert: string; key: string }> =>
    await server.authority.issue("client", "certified", "DNS:certified");
  const first = await issue();
  for (const [from, to] of [
    [first.cert, "cert"],
    [first.key, "key"],
    [server.authority.certificate, "root"],
  ] as const) {
    await copyFile(from, file(to));
  }
  const warnings: string[] = [];
  const silent = (): void => {};
  const manager = new DatabaseManager({
    url: `${server.urlOf("certified")}sslmode=verify-full&sslrootcert=${file("root")}&sslcert=${file("cert")}&sslkey=${file("key")}`,
    poolSize: 1,
    connectRetry: 0,
    logger: { debug: silent, info: silent, error: silent, warn: (_, text) => void warnings.push(text ?? "") },
  });
  /** The serial number of the certificate that a new connection shows. */
  const serial = async (): Promise<string> => {
    manager.pool.invalidate();
    const [row] = await manager.sql<{ serial: string }>`
      select client_serial::text as serial from pg_stat_ssl where pid = pg_backend_pid()`;
    return row!.serial;
  };
  try {
    const before = await serial();
    const second = await issue();
    await copyFile(second.cert, file("cert")); // the key is still the old one
    expect(await serial()).toBe(before);
    expect(warnings.filter((text) => text.includes("certificates"))).toHaveLength(1);
    await copyFile(second.key, file("key"));
    const after = await serial();
    expect(after).not.toBe(before);
    await rm(file("key"));
    expect(await serial()).toBe(after);
    await copyFile(second.key, file("key"));

    // Another authority is trusted from now on: the server's is refused.
    await using stranger = await PrivateAuthority.create();
    await copyFile(stranger.certificate, file("root"));
    await expect(serial()).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
    await copyFile(server.authority.certificate, file("root"));
    expect(await serial()).toBe(after);
    await writeFile(file("root"), "");
    expect(await serial()).toBe(after);
  } finally {
    await manager.close({ timeout: 0 });
  }
});

it("certificates that could never be used are refused", async () => {
  await writeFile(join(directory, "empty"), "");
  const manager = new DatabaseManager({ url: server.url, sslRootCert: join(directory, "empty"), connectRetry: 0 });
  await expect(manager.ping()).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
  await manager.close();
});
