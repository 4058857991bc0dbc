import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { expect, test } from "vitest";
import { selfSigned } from "../src/self-signed.ts";
import { query, temporary, usedDataDir } from "./helpers.ts";

const version = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

test("tls: true serves a certificate that a strict client accepts, kept from run to run; strangers' are refused", async () => {
  const dataDir = await usedDataDir();
  const first = await EmbeddedPostgres.start({ dataDir, tls: true });
  const verified = { ca: first.certificate!, rejectUnauthorized: true };
  expect(await query(first.url, version, verified)).toEqual([{ version: "TLSv1.3" }]);
  expect(await query(first.url.replace("127.0.0.1", "localhost"), version, verified)).toEqual([{ version: "TLSv1.3" }]);
  await expect(query(first.url, version, { ca: selfSigned().cert })).rejects.toThrow(/self-signed certificate/);
  expect(await query(first.url, version)).toEqual([{ version: null }]);
  expect(statSync(join(first.dataDir, "hypertroq/tls.key")).mode & 0o777).toBe(0o600);

  await first.detach();
  const second = await EmbeddedPostgres.start({ dataDir, tls: true });
  expect(second).toMatchObject({ adopted: true, certificate: first.certificate });
  await second.detach();
  const plain = await EmbeddedPostgres.start({ dataDir });
  expect(plain).toMatchObject({ adopted: false, certificate: undefined });
  await expect(query(plain.url, version, verified)).rejects.toThrow(/does not support SSL/);
  await plain.stop();
});

test("a certificate and key of one's own are taken as paths or as text; new ones restart an orphan", async () => {
  const directory = temporary();
  const [old, young] = [selfSigned(), selfSigned()];
  writeFileSync(join(directory, "cert.pem"), old.cert);
  writeFileSync(join(directory, "key.pem"), old.key);
  const dataDir = await usedDataDir();
  const first = await EmbeddedPostgres.start({
    dataDir,
    tls: { cert: join(directory, "cert.pem"), key: join(directory, "key.pem") },
  });
  expect(await query(first.url, version, { ca: old.cert })).toEqual([{ version: "TLSv1.3" }]);
  await first.detach();
  const second = await EmbeddedPostgres.start({ dataDir, tls: young });
  expect(await query(second.url, version, { ca: young.cert })).toEqual([{ version: "TLSv1.3" }]);

  await second.stop();
  for (const [tls, message] of [
    [{ cert: old.cert, key: young.key }, /does not belong/],
    [{ cert: "-----BEGIN nonsense", key: young.key }, /PEM/],
    [{ cert: join(directory, "none.pem"), key: young.key }, /none\.pem can't be read \(ENOENT\)/],
  ] as const) {
    await expect(EmbeddedPostgres.start({ dataDir, tls })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "tls",
      message: expect.stringMatching(message),
    });
  }
  // What was refused has replaced nothing.
  expect(readFileSync(join(second.dataDir, "hypertroq/tls.crt"), "utf8")).toBe(young.cert);
});

test("the certificate made here is one that others read as meant", () => {
  const { cert } = selfSigned();
  const read = new X509Certificate(cert);
  expect(read.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1");
  expect(read.ca).toBe(true);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(Date.parse(read.validFrom)).toBeLessThan(Date.now());
  expect(new Date(read.validTo).getUTCFullYear()).toBeGreaterThanOrEqual(new Date().getUTCFullYear() + 9);
  const openssl = spawnSync("openssl", ["x509", "-noout", "-text"], { input: cert, encoding: "utf8" });
  // A machine without the openssl program has shown it by Node's own reading.
  if (openssl.error === undefined) {
    expect(openssl.stdout).toMatch(/Key Usage: critical\s+Digital Signature, Certificate Sign\n/);
    expect(openssl.stdout).toMatch(/Basic Constraints: critical\s+CA:TRUE\n/);
  }
});
