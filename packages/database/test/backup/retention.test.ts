import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { listBackups, newName } from "../../src/backup/directory.ts";
import { encodeManifest, MANIFEST, type Manifest } from "../../src/backup/manifest.ts";
import { writePart } from "../../src/backup/part.ts";
import { keptBy, pruneBackups } from "../../src/backup/retention.ts";

async function* nothing(): AsyncGenerator<Buffer> {}

/** A backup of an empty database, as it would have been made then. */
async function madeAt(directory: string, time: string, database = "shop"): Promise<string> {
  const name = newName(new Date(time));
  const path = join(directory, name);
  mkdirSync(path);
  const part = async (file: string) => ({ file, ...(await writePart(join(path, file), nothing(), undefined)) });
  const manifest: Manifest = {
    format: 1,
    name,
    database,
    serverVersion: "16.14",
    encoding: "UTF8",
    collate: "C",
    ctype: "C",
    schemaBy: "a test",
    revisions: [],
    roles: [],
    startedAt: new Date(time).toISOString(),
    finishedAt: new Date(time).toISOString(),
    rows: 0,
    bytes: 0,
    preData: await part("pre-data.sql.gz"),
    postData: await part("post-data.sql.gz"),
    tables: [],
    sequences: [],
  };
  writeFileSync(join(path, MANIFEST), encodeManifest(manifest, undefined));
  return name;
}

const days = (names: Iterable<string>): string[] => [...names].map((name) => name.slice(0, 13)).sort();

it("keeps the newest of the last days, weeks and months, and always the newest", async () => {
  const directory = mkdtempSync(join(tmpdir(), "hypertroq-prune-"));
  try {
    const times = Array.from({ length: 40 }, (_, day) => new Date(Date.UTC(2026, 0, 31 - day, 3)));
    for (const time of times) await madeAt(directory, time.toISOString());
    await madeAt(directory, "2026-01-31T01:00:00Z");
    await madeAt(directory, "2024-05-05T01:00:00Z");
    await madeAt(directory, "2020-01-01T01:00:00Z", "another database");
    const entries = await listBackups(directory);
    // 31 January 2026 is a Saturday.
    expect(days(keptBy(entries, { daily: 3, weekly: 3, monthly: 3 }))).toEqual([
      "20200101T0100", // the newest of its database
      "20240505T0100",
      "20251231T0300",
      "20260118T0300", // Sundays end weeks
      "20260125T0300",
      "20260129T0300",
      "20260130T0300",
      "20260131T0300",
    ]);
    expect(days(keptBy(entries, { daily: 0, weekly: 0, monthly: 0 }))).toEqual(["20200101T0100", "20260131T0300"]);

    writeFileSync(join(directory, "notes.txt"), "");
    await expect(listBackups(join(directory, "notes.txt"))).rejects.toThrow(
      /notes\.txt, where .* cannot be read \(ENOTDIR\)/,
    );
    mkdirSync(join(directory, "pg_dumps"));
    const damaged = await madeAt(directory, "2019-01-01T01:00:00Z");
    rmSync(join(directory, damaged, "post-data.sql.gz"));
    const [fresh, old] = [new Date(), new Date("2026-01-01")].map((time) => `${newName(time)}.unfinished`);
    for (const name of [fresh!, old!]) mkdirSync(join(directory, name));
    writeFileSync(join(directory, old!, "pre-data.sql.gz"), randomBytes(10));
    for (const file of ["pre-data.sql.gz", "."]) utimesSync(join(directory, old!, file), 1e9, 1e9);
    writeFileSync(join(directory, `${entries[30]!.name}.drill.json`), "{}");

    const before = readdirSync(directory).sort();
    const keep = { daily: 3, weekly: 3, monthly: 3 };
    const planned = await pruneBackups({ directory, keep, dryRun: true });
    expect(readdirSync(directory).sort()).toEqual(before);
    expect(planned.kept).toHaveLength(8);
    expect([...planned.left].sort()).toEqual([damaged, fresh, "notes.txt", "pg_dumps"].sort());
    expect(planned.removed).toContain(old);
    expect(await pruneBackups({ directory, keep })).toEqual(planned);
    expect(readdirSync(directory).sort()).toEqual([...planned.kept, ...planned.left].sort());
    expect((await pruneBackups({ directory, keep })).removed).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
