import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { sample } from "../../../../test/sample.ts";
import type { Connection } from "../../src/connection/connection.ts";
import type { Catalog } from "../../src/migrations/catalog/catalog.ts";
import { reflect } from "../../src/migrations/catalog/reflect.ts";
import { compare } from "../../src/migrations/compare/compare.ts";
import { readRowFacts } from "../../src/migrations/online/facts.ts";
import { online } from "../../src/migrations/online/online.ts";
import { fingerprint } from "./fingerprint.ts";
import { CASES } from "./online-cases.ts";
import { harmOf, open } from "./online-run.ts";

interface Side {
  readonly database: TestDatabase;
  readonly connection: Connection & AsyncDisposable;
}

const sides: Record<"plain" | "safe" | "wanted", Side> = {} as never;

beforeAll(async () => {
  for (const name of ["plain", "safe", "wanted"] as const) {
    const database = await createTestDatabase();
    sides[name] = { database, connection: await open(database) };
  }
});

afterAll(async () => {
  for (const { database, connection } of Object.values(sides)) {
    await connection.close();
    await database.drop();
  }
});

const EMPTY = 'drop schema if exists public, s, "s.x" cascade; create schema public';

async function look(connection: Connection): Promise<Catalog> {
  return reflect(connection, { defaultSchema: "public", schemas: ["public", "s", "s.x"] });
}

async function values({ query }: TestDatabase): Promise<unknown> {
  return query("select coalesce(jsonb_agg(to_jsonb(t) order by to_jsonb(t)), '[]') as rows from t");
}

test.each(sample(CASES, 6))(
  "$name",
  async ({ before, rows, after, calls, down, remark, given, partitioning, isPlainSafe, isRandom }) => {
    const { plain, safe, wanted } = sides;
    for (const { database } of [plain, safe]) await database.query(`${EMPTY}; ${before}; ${rows}`);
    await wanted.database.query(`${EMPTY}; ${after}`);
    const [live, to] = [await look(safe.connection), await look(wanted.connection)];
    const tables = live.tables.map((table) => ({ ...table, ...partitioning?.[String(table.name)] }));
    const from = { ...live, tables };
    const up = given?.up ?? compare(from, to);
    const back = given?.down ?? compare(to, from);
    const facts = await readRowFacts(safe.connection, from, [...up, ...back]);
    const forth = online(up, { ...facts, catalog: from });
    const again = online(back, { ...facts, filled: forth.filled, catalog: given === undefined ? to : from });
    expect(forth.calls.map(({ method }) => method)).toEqual(calls);
    if (down !== undefined) expect(again.calls.map(({ method }) => method)).toEqual(down);
    const remarks = forth.remarks.flat();
    if (remark === undefined) expect(remarks).toEqual([]);
    else expect(remarks).toContainEqual(expect.stringContaining(remark));

    const harm: string[] = [];
    const harmOfSafe: string[] = [];
    for (const [plainCalls, plan, goal] of [[up, forth, to] as const, [back, again, from] as const]) {
      harm.push(...(await harmOf(plain.connection, plainCalls, false)));
      const harmful = await harmOf(safe.connection, plan.calls, plan.isStepwise);
      if (plan.remarks.every((lines) => lines.length === 0)) harmOfSafe.push(...harmful);
      expect(await fingerprint(safe.database.url)).toEqual(await fingerprint(plain.database.url));
      if (given === undefined) expect(compare(await look(safe.connection), goal)).toEqual([]);
      if (isRandom !== true && goal.tables.some(({ name }) => String(name) === "t")) {
        expect(await values(safe.database)).toEqual(await values(plain.database));
      }
    }
    expect(harmOfSafe).toEqual([]);
    if (isPlainSafe === true) expect(harm).toEqual([]);
    else expect(harm).not.toEqual([]);
  },
);
