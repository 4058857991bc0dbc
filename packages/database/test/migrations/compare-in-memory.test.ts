import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { compareInMemory, compareInScratch, compareModels } from "../../src/migrations/autogenerate/compare-models.ts";
import { ScratchUnavailable } from "../../src/migrations/errors.ts";
import { CASES } from "./autogenerate-cases.ts";
import { createModels, schemaOf } from "./create-models.ts";

/** All pairs in a full run, else a third of them, another one each day. */
const DAY = Math.floor(Date.now() / 86_400_000);
const CHOSEN = process.env["HYPERTROQ_FULL"] ? CASES : CASES.filter((_, index) => index % 3 === DAY % 3);

test.each(CHOSEN)("$name", async ({ before, after, sql, existing }) => {
  await using database = await createTestDatabase();
  await createModels(database, before, sql);
  if (existing !== undefined) await database.query(existing);
  const options = { connect: connectOptions({ url: database.url }), schema: schemaOf(after) };
  const quick = await compareInMemory(options);
  expect(sorted(quick!)).toEqual(sorted(await compareInScratch(options)));
});

test("nothing is written, and a role that may create no database can do it", async () => {
  await using database = await createTestDatabase();
  const { before, after } = CASES.find(({ name }) => name === "they stay")!;
  await createModels(database, before);
  const role = `reader_${process.pid}`;
  await database.query(`create role ${role}; grant usage on schema audit to ${role}`);
  try {
    const target = connectOptions({ url: database.url });
    const serverSettings = { ...target.serverSettings, role };
    const state = `select (select count(*) from pg_class),
      (select count(*) from pg_database where datname like 'hypertroq_scratch_' || (select oid from pg_database where datname = current_database()) || '%')`;
    const was = await database.query(state);
    const options = { connect: { ...target, serverSettings }, schema: schemaOf(after) };
    expect((await compareModels(options)).detected).toEqual([]);
    expect(await database.query(state)).toEqual(was);

    // Without the privilege to make a temporary table only a scratch database is left, which the role may not make.
    await database.query(
      "do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$",
    );
    await expect(compareModels(options)).rejects.toThrow(ScratchUnavailable);
    expect((await compareModels({ ...options, schema: schemaOf([]) })).detected).not.toEqual([]);
  } finally {
    await database.query(`drop owned by ${role}; drop role ${role}`);
  }
});

function sorted<Differences extends { readonly detected: readonly string[] }>(differences: Differences): Differences {
  return { ...differences, detected: [...differences.detected].sort() };
}
