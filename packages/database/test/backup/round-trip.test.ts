import { expect, inject, it } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { FULL } from "../../../../test/sample.ts";
import { listBackups } from "../../src/backup/directory.ts";
import { drillBackup } from "../../src/backup/drill.ts";
import type { Manifest } from "../../src/backup/manifest.ts";
import { newestDrill, newestGoodBackup } from "../../src/backup/newest.ts";
import { restoreBackup } from "../../src/backup/restore.ts";
import { verifyBackup } from "../../src/backup/verify.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { fingerprint } from "../migrations/fingerprint.ts";
import { backUp, backupDirectory, newKey } from "./backup-directory.ts";
import { comparable } from "./comparable.ts";
import { fillSample } from "./sample-database.ts";

const USERS = FULL ? 100_000 : 2000;

const seconds: string[] = [];
async function timed<T>(what: string, work: Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work;
  seconds.push(`${what} ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return result;
}

/** In the order of names: tables are made again in another one than they were. */
const rowsOf = ({ tables, sequences, revisions, roles }: Manifest): object => ({
  tables: tables
    .map(({ schema, name, columns, rows, checksum }) => ({ name: `${schema}.${name}`, columns, rows, checksum }))
    .sort((a, b) => (a.name < b.name ? -1 : 1)),
  sequences: sequences.map((sequence) => JSON.stringify(sequence)).sort(),
  revisions,
  roles,
});

it("gives a database back with every kind of object and all rows, plain and encrypted", async () => {
  using directory = backupDirectory();
  using second = backupDirectory();
  await using source = await createTestDatabase();
  await fillSample(source, USERS);
  const key = newKey();
  const made = await timed("create", backUp(source.url, directory.path, key));
  expect(made).toMatchObject({
    database: source.name,
    revisions: ["ddef93c02177"],
    encryption: { cipher: "aes-256-gcm" },
  });
  expect(made.rows).toBeGreaterThan(USERS);
  expect(await timed("verify", verifyBackup({ directory: directory.path, key }))).toEqual(made);

  await using target = await createTestDatabase();
  const connect = connectOptions({ url: target.url });
  await timed("restore", restoreBackup({ connect, directory: directory.path, key }));
  expect(comparable(await fingerprint(target.url))).toEqual(comparable(await fingerprint(source.url)));
  // Made anew from what was restored, without encryption, and from the original once more: the same rows.
  const again = await backUp(target.url, second.path);
  const original = await backUp(source.url, second.path);
  expect(rowsOf(again)).toEqual(rowsOf(original));

  const scratch = connectOptions({ url: inject("serverUrl") });
  const drill = await timed("drill", drillBackup({ directory: directory.path, key, scratch }));
  expect(drill.problems).toEqual([]);
  expect(drill).toMatchObject({ ok: true, backup: made.name });
  expect(drill.compared).toEqual([
    `${made.rows.toLocaleString("en")} rows of ${made.tables.length} tables, by number and checksum`,
    `the values of ${made.sequences.length} sequences`,
    expect.stringMatching(/^the structure of \d+ indexes and of all tables \(amcheck\)$/),
  ]);
  expect(await newestDrill(directory.path)).toEqual(drill);
  expect(await newestGoodBackup(directory.path)).toEqual(made);
  expect(await listBackups(directory.path)).toMatchObject([{ state: "good", name: made.name, drill: { ok: true } }]);
  if (FULL) console.log(`${made.rows} rows: ${seconds.join(", ")}`);
});
