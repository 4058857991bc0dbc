import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DatabaseManager, type DatabaseOptions } from "../../src/index.ts";

let server: EmbeddedPostgres;
let directory: string;
let authority: string;

beforeAll(async () => {
  server = await EmbeddedPostgres.start({ tls: true });
  directory = await mkdtemp(join(tmpdir(), "hypertroq-tls-"));
  authority = join(directory, "ca.pem");
  await writeFile(authority, server.certificate!);
});
afterAll(async () => {
  await server.stop({ mode: "immediate" });
  await rm(directory, { recursive: true });
});

async function isEncrypted(options: Partial<DatabaseOptions>): Promise<boolean> {
  const manager = new DatabaseManager({ url: server.url, connectTimeout: 5, ...options });
  try {
    const [row] = await manager.session(
      (db) => db.sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`,
    );
    return row!.ssl;
  } finally {
    await manager.close();
  }
}

it("encrypts by default where the server can, and not at all when told so", async () => {
  expect(await isEncrypted({})).toBe(true);
  expect(await isEncrypted({ sslMode: "require" })).toBe(true);
  expect(await isEncrypted({ sslMode: "disable" })).toBe(false);
  expect(await isEncrypted({ url: `${server.url}?sslmode=disable` })).toBe(false);
});

it("verifies the chain and the host when told so", async () => {
  expect(await isEncrypted({ sslMode: "verify-full", sslRootCert: authority })).toBe(true);
  expect(await isEncrypted({ sslMode: "verify-ca", sslRootCert: authority })).toBe(true);
  await expect(isEncrypted({ sslMode: "verify-full" })).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
  const otherName = server.url.replace("127.0.0.1", "127.1"); // the same address, not a name in the certificate
  expect(await isEncrypted({ url: otherName, sslMode: "verify-ca", sslRootCert: authority })).toBe(true);
  await expect(isEncrypted({ url: otherName, sslMode: "verify-full", sslRootCert: authority })).rejects.toMatchObject({
    code: "CONNECTION_FAILED",
  });
});

it("says which file it cannot read", async () => {
  const missing = isEncrypted({ sslMode: "verify-full", sslRootCert: join(directory, "none.pem") });
  await expect(missing).rejects.toThrow(/none\.pem, which cannot be read \(ENOENT\)/);
});

it("refuses to go on in plain text against a server without TLS", async () => {
  const plain = await EmbeddedPostgres.start();
  try {
    const refused = isEncrypted({ url: plain.url, sslMode: "require" });
    await expect(refused).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
    expect(await isEncrypted({ url: plain.url })).toBe(false);
  } finally {
    await plain.stop({ mode: "immediate" });
  }
});
