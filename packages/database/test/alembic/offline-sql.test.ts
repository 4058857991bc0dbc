import { expect, test } from "vitest";
import { readOfflineSql } from "../../src/migrations/alembic/offline-sql.ts";

const REVISIONS = [
  { revision: "a", downRevision: [] },
  { revision: "b", downRevision: ["a"] },
  { revision: "m", downRevision: ["b", "a"] },
];

const CREATE = `CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);`;
const INSERT = "INSERT INTO alembic_version (version_num) VALUES ('a') RETURNING alembic_version.version_num;";
const UPDATE = "UPDATE alembic_version SET version_num='b' WHERE alembic_version.version_num = 'a';";
const UP_A = "-- Running upgrade  -> a";
const UP_B = "-- Running upgrade a -> b";

const output = (...parts: readonly string[]): string => `${parts.join("\n\n")}\n\n`;
const upgrade = (...parts: readonly string[]) => readOfflineSql(output(...parts), "upgrade", REVISIONS);
const body = (statements: readonly string[], outside = false) => ({ body: { statements, outside } });

test("what is Alembic's goes: transactions, the version table, and its rows", () => {
  const read = upgrade("BEGIN;", CREATE, UP_A, "create table t (n int);", INSERT, UP_B, "select 1;", UPDATE, "COMMIT;");
  expect(read).toEqual({
    before: [],
    after: [],
    versionTable: "alembic_version",
    parts: new Map([
      ["a", body(["create table t (n int)"])],
      ["b", body(["select 1"])],
    ]),
  });
});

test("a transaction for each revision; a merge with several rows; a downgrade that drops the table", () => {
  expect(
    upgrade("BEGIN;", CREATE, UP_A, "select 1;", INSERT, "COMMIT;", "BEGIN;", UP_B, "select 2;", UPDATE, "COMMIT;")
      .parts,
  ).toEqual(
    new Map([
      ["a", body(["select 1"])],
      ["b", body(["select 2"])],
    ]),
  );
  const gone = (id: string): string => `DELETE FROM alembic_version WHERE alembic_version.version_num = '${id}';`;
  const merge = "UPDATE alembic_version SET version_num='m' WHERE alembic_version.version_num = 'b';";
  expect(upgrade("-- Running upgrade b, a -> m", gone("a"), merge, "COMMIT;").parts).toEqual(
    new Map([["m", body([])]]),
  );
  const down = output(
    "BEGIN;",
    "-- Running downgrade a -> ",
    "drop table t;",
    gone("a"),
    "DROP TABLE alembic_version;",
    "COMMIT;",
  );
  expect(readOfflineSql(down, "downgrade", REVISIONS)).toEqual({
    before: [],
    after: [],
    versionTable: undefined,
    parts: new Map([["a", body(["drop table t"])]]),
  });
});

test("statements on the version table that are not Alembic's rows stay", () => {
  const own = "UPDATE alembic_version SET version_num='b' WHERE true";
  expect(upgrade(UP_A, `${own};`, INSERT).parts.get("a")).toEqual(body([own]));
  expect(upgrade(UP_A, INSERT, "select 1;", INSERT).parts.get("a")).toEqual(body([INSERT.slice(0, -1), "select 1"]));
});

test("where Alembic leaves its transaction, the revision runs without one", () => {
  const index = "CREATE INDEX CONCURRENTLY i ON t (n)";
  expect(upgrade(UP_A, "select 1;", "COMMIT;", `${index};`, "BEGIN;", "select 2;", INSERT).parts.get("a")).toEqual(
    body(["select 1", index, "select 2"], true),
  );
  expect(upgrade(UP_A, "COMMIT;", `${index};`, "BEGIN;", INSERT).parts.get("a")).toEqual(body([index], true));
  expect(upgrade(UP_A, "commit;", `${index};`, INSERT).parts.get("a")).toEqual(body([index], true));
});

test("words in texts, routines and comments are only words", () => {
  const routine = `create procedure p() language plpgsql as $$
BEGIN
COMMIT;
BEGIN;
END;
$$`;
  const text = "insert into t values ('\nCOMMIT;\n')";
  expect(upgrade(UP_A, `${routine};`, `${text};`, "/* BEGIN; */ select 1;", INSERT).parts.get("a")).toEqual(
    body([routine, text, "/* BEGIN; */ select 1"]),
  );
});

test.each([
  ["a text that never ends", ["select 'x;", INSERT], "never ends"],
  ["the next revision's marker in a text", ["select '", UP_B, "';", INSERT], "never ends"],
  ["no version row", ["select 1;"], "no version row"],
  ["what a print wrote", ["hello from a revision", "select 1;", INSERT], "no statement of SQL: hello from a revision"],
  ["a rollback of its own", ["rollback;", INSERT], "must not begin or end a transaction"],
  ["a doubled backslash", ["select 'a\\\\b';", INSERT], "two backslashes"],
  ["a COPY with data", ["copy t from stdin;", INSERT], "COPY FROM STDIN"],
])("refused: %s", (_, parts, problem) => {
  expect(upgrade(UP_A, ...parts).parts.get("a")).toEqual({ problem: expect.stringContaining(problem) });
});

test("a line end in a text stays the one that it is", () => {
  const text = "insert into t values ('a\r\nb\rc')";
  expect(upgrade(UP_A, `${text};`, INSERT).parts).toEqual(new Map([["a", body([text])]]));
});

test("a marker that comes twice makes both pieces doubtful", () => {
  const read = upgrade(UP_A, "select 1;", INSERT, UP_B, "select '", UP_A, "';", UPDATE);
  expect(read.parts.get("a")).toEqual({ problem: expect.stringContaining("twice") });
});

test("a backslash in a text that says it has escapes, and one alone, are as they are", () => {
  const statements = ["select E'a\\\\b'", "select 'a\\b'", "select $$a\\\\b$$"];
  expect(upgrade(UP_A, ...statements.map((one) => `${one};`), INSERT).parts.get("a")).toEqual(body(statements));
});

test("what env.py sends besides is told apart, and so is another version table", () => {
  const read = upgrade(
    "BEGIN;",
    "SET ROLE owner;",
    CREATE.replaceAll("alembic_version", "audit.versions"),
    UP_A,
    "select 1;",
    INSERT.replaceAll("alembic_version", "audit.versions"),
    "NOTIFY applied;",
    "COMMIT;",
  );
  expect(read).toEqual({
    before: ["SET ROLE owner"],
    after: ["NOTIFY applied"],
    versionTable: "audit.versions",
    parts: new Map([["a", body(["select 1"])]]),
  });
});
