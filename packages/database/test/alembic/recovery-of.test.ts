import { expect, test } from "vitest";
import { recoveryOf } from "../../src/migrations/operations/recovery-of.ts";

test.each([
  ["create index concurrently ix on t (n)", "ix", "t", "create index J on U (n)"],
  [
    'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "Ix ""1" ON ONLY "a.b" . "T" USING gin (n) WHERE n > 0',
    'Ix "1',
    '"a.b" . "T"',
    "create unique index J on only U USING gin (n) WHERE n > 0",
  ],
  ["-- why\ncreate index concurrently IX /* x */ on s.t(lower(n))", "ix", "s.t", "create index J on U (lower(n))"],
])("an index that is built concurrently is found again: %s", (sql, index, table, text) => {
  const recovery = recoveryOf(sql);
  expect(recovery).toMatchObject({ kind: "createIndex", index, table });
  expect((recovery as unknown as { text(index: string, table: string): string }).text("J", "U")).toBe(text);
});

test.each([
  ["drop index concurrently ix", { kind: "dropIndex", text: "drop index concurrently if exists ix" }],
  [
    "DROP INDEX CONCURRENTLY IF EXISTS s.ix CASCADE",
    { kind: "dropIndex", text: "drop index concurrently if exists s.ix CASCADE" },
  ],
  [
    'alter table if exists only s.t detach partition "P" concurrently',
    {
      kind: "detachPartition",
      table: "s.t",
      partition: '"P"',
      finalize: 'alter table s.t detach partition "P" finalize',
    },
  ],
  ["reindex index concurrently ix", { kind: "reindex", target: "index", name: "ix" }],
  ["REINDEX (VERBOSE, CONCURRENTLY) TABLE s.t", { kind: "reindex", target: "table", name: "s.t" }],
  ["reindex schema s", { kind: "reindex", target: "schema", name: "s" }],
  ["reindex database", { kind: "repeat" }],
  ["vacuum (full) t", { kind: "repeat" }],
  ["cluster", { kind: "repeat" }],
  ["alter system set work_mem = 1", { kind: "repeat" }],
])("%s", (sql, expected) => {
  expect(recoveryOf(sql)).toEqual(expected);
});

test.each([
  "create index ix on t (n)",
  "create table concurrently (n int)",
  "drop index ix",
  "reindex table t",
  "cluster t using ix",
  "alter table t detach partition p",
  "alter table t detach partition p finalize",
  "alter table t add column vacuum int",
  "select 'create index concurrently'",
  "refresh materialized view concurrently v",
  'create "index" concurrently',
  "alter type mood add value 'sad'",
  "",
])("may be in a transaction, or is for the server to refuse: %s", (sql) => {
  expect(recoveryOf(sql)).toBeUndefined();
});

test("an index without a name could not be found again", () => {
  expect(() => recoveryOf("create index concurrently on t (n)")).toThrow("needs a name");
});
