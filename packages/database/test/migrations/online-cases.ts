import { type Call, call } from "../../src/migrations/compare/call.ts";

/** A change where tables hold rows. */
export interface OnlineCase {
  readonly name: string;
  /** SQL that makes the tables, and the rows in them. */
  readonly before: string;
  readonly rows: string;
  /** SQL that makes, of nothing, what is wanted. */
  readonly after: string;
  /** The calls, where they are not those of `compare`. */
  readonly given?: { readonly up: readonly Call[]; readonly down: readonly Call[] };
  /** What a catalog says of tables with partitions. */
  readonly partitioning?: Readonly<Record<string, object>>;
  /** Operations of the safe form's upgrade, in order. */
  readonly calls: readonly string[];
  /** What the downgrade's are, where it is of interest. */
  readonly down?: readonly string[];
  /** A part of what is remarked; none: nothing is. */
  readonly remark?: string;
  /** Whether the plain form, up or down, keeps nobody out for long either. */
  readonly isPlainSafe?: true;
  /** Whether rows get values of their own, so that plainly and online they differ. */
  readonly isRandom?: true;
}

const ROWS = "insert into t select n, n % 7, 'n' || n from generate_series(1, 300) n";
const TABLE = "create table t (id int primary key, a int, b text);";
const LONG = "ü".repeat(31); // 62 bytes

const PARTITIONED = `create table p (id int primary key, n int) partition by range (id);
  create table p1 partition of p for values from (0) to (50); create table p2 partition of p for values from (50) to (1000);`;

const NOT_NULL = ["createCheckConstraint", "validateConstraint", "alterColumn", "dropConstraint"];

const PROVEN = (method: string): readonly string[] => [
  "createCheckConstraint",
  "validateConstraint",
  method,
  "dropConstraint",
];

export const CASES: readonly OnlineCase[] = [
  {
    name: "an index",
    before: TABLE,
    rows: ROWS,
    after: `${TABLE} create index i on t (a) include (b) where a > 3`,
    calls: ["createIndex"],
    down: ["dropIndex"],
  },
  {
    name: "a unique index with hostile names in another schema",
    before: `create schema "s.x"; create table "s.x"."T t" (id int primary key, "a b" int);`,
    rows: `insert into "s.x"."T t" select n, n from generate_series(1, 300) n`,
    after: `create schema "s.x"; create table "s.x"."T t" (id int primary key, "a b" int);
      create unique index "i.i ""x" on "s.x"."T t" ("a b")`,
    calls: ["createIndex"],
  },
  {
    name: "an index that changes is there until the new one is",
    before: `${TABLE} create index i on t (a)`,
    rows: ROWS,
    after: `${TABLE} create index i on t (a desc) where b is not null`,
    calls: ["createIndex", "dropIndex", "renameIndex"],
    down: ["createIndex", "dropIndex", "renameIndex"],
  },
  {
    name: "an index with a long name that changes, in another schema",
    before: `create schema s; create table s.t (id int primary key, a int); create index "${LONG}" on s.t (a)`,
    rows: "insert into s.t select n, n from generate_series(1, 300) n",
    after: `create schema s; create table s.t (id int primary key, a int); create index "${LONG}" on s.t using hash (a)`,
    calls: ["createIndex", "dropIndex", "renameIndex"],
  },
  {
    name: "an index that changes with its column's type, which it cannot outlive",
    before: `${TABLE} create index i on t (a)`,
    rows: ROWS,
    after: "create table t (id int primary key, a bigint, b text); create index i on t (a desc)",
    calls: ["dropIndex", "alterColumn", "createIndex"],
    remark: "Rewrites t",
  },
  {
    name: "a unique constraint",
    before: TABLE,
    rows: ROWS,
    after: `${TABLE} alter table t add constraint u unique nulls not distinct (id, b) include (a) with (fillfactor = 70)
      deferrable initially deferred`,
    calls: ["createIndex", "createUniqueConstraint"],
    down: ["dropConstraint"],
  },
  {
    name: "a unique constraint that changes",
    before: `${TABLE} alter table t add constraint u unique (id, b)`,
    rows: ROWS,
    after: `${TABLE} alter table t add constraint u unique (id, a)`,
    calls: ["createIndex", "dropConstraint", "createUniqueConstraint"],
    down: ["createIndex", "dropConstraint", "createUniqueConstraint"],
  },
  {
    name: "a primary key of columns that may be NULL",
    before: "create table t (id int, a int, b text)",
    rows: ROWS,
    after: "create table t (id int, a int, b text, primary key (id))",
    calls: [...NOT_NULL, "createIndex", "createPrimaryKey"],
    down: ["dropConstraint", "alterColumn"],
  },
  {
    name: "a primary key that changes its columns, and another that refers to them",
    before: `create table t (id int primary key, a int not null, b text);
      create table r (id int primary key, t int references t)`,
    rows: `${ROWS.replace("n % 7", "n")}; insert into r select n, n from generate_series(1, 300) n`,
    after: `create table t (id int not null, a int primary key, b text);
      create table r (id int primary key, t int constraint r_t_fkey references t (a))`,
    calls: [
      "dropConstraint",
      "createIndex",
      "dropConstraint",
      "createPrimaryKey",
      "createForeignKey",
      "validateConstraint",
    ],
  },
  {
    name: "a primary key whose old column may be NULL then",
    before: "create table t (id int constraint old primary key, a int not null, b text)",
    rows: ROWS.replace("n % 7", "n"),
    after: "create table t (id int, a int constraint new primary key, b text)",
    calls: ["dropConstraint", "alterColumn", "createIndex", "createPrimaryKey"],
  },
  {
    name: "a foreign key",
    before: `${TABLE} create table r (id int primary key)`,
    rows: `insert into r select generate_series(0, 6); ${ROWS}`,
    after: `${TABLE} create table r (id int primary key);
      alter table t add constraint f foreign key (a) references r on delete set null deferrable`,
    calls: ["createForeignKey", "validateConstraint"],
    down: ["dropConstraint"],
  },
  {
    name: "a foreign key to the table itself",
    before: TABLE,
    rows: `insert into t values (0); ${ROWS}`,
    after: `${TABLE} alter table t add constraint f foreign key (a) references t`,
    calls: ["createForeignKey", "validateConstraint"],
  },
  {
    name: "a foreign key to a table with partitions",
    before: `${TABLE} ${PARTITIONED}`,
    rows: `insert into p select generate_series(0, 300); ${ROWS}`,
    after: "",
    given: {
      up: [call("createForeignKey", "g", "t", ["a"], "p", ["id"])],
      down: [call("dropConstraint", "g", "t")],
    },
    calls: ["createForeignKey"],
    remark: "Keeps writers out of t and p while it reads them",
  },
  {
    name: "a partition of a range that is attached",
    before: `${PARTITIONED} create table q (id int primary key, n int)`,
    rows: "insert into p select generate_series(0, 300); insert into q select generate_series(1000, 1300)",
    after: "",
    partitioning: { p: { partitionBy: "range (id)" } },
    given: {
      up: [call("attachPartition", "p", "q", "for values from (1000) to ('2000')")],
      down: [call("detachPartition", "p", "q", { was: "for values from (1000) to ('2000')" })],
    },
    calls: PROVEN("attachPartition"),
    down: PROVEN("detachPartition"),
  },
  {
    name: "a partition of a list that is attached beside a default one, with a hostile name",
    before: `create table p (id int, "n n" text) partition by list ("n n"); create table d partition of p default;
      create table "q.q" (id int, "n n" text)`,
    rows: `insert into p select n, 'x' from generate_series(1, 300) n;
      insert into "q.q" select n, case when n % 2 = 0 then 'a' else 'it''s (null)' end from generate_series(1, 300) n`,
    after: "",
    partitioning: { p: { partitionBy: 'list ("n n")' }, d: { partitionOf: { table: "p", bound: "DEFAULT" } } },
    given: {
      up: [call("attachPartition", "p", ["q.q"], "for values in ('a', 'it''s (null)')")],
      down: [call("detachPartition", "p", ["q.q"], { was: "for values in ('a', 'it''s (null)')" })],
    },
    calls: PROVEN("attachPartition"),
    down: ["detachPartition"],
    remark: "out of the default partition of p",
  },
  {
    name: "a partition by hash",
    before: `create table p (id int) partition by hash (id); create table q (id int)`,
    rows: "insert into q select n from generate_series(1, 300) n where satisfies_hash_partition('p'::regclass, 2, 0, n)",
    after: "",
    partitioning: { p: { partitionBy: "hash (id)" } },
    given: {
      up: [call("attachPartition", "p", "q", "for values with (modulus 2, remainder 0)")],
      down: [call("detachPartition", "p", "q", { was: "for values with (modulus 2, remainder 0)" })],
    },
    calls: ["attachPartition"],
    remark: "Keeps readers and writers out of q",
  },
  {
    name: "a foreign key, a key and an index of a table with partitions",
    before: `${TABLE} ${PARTITIONED}`,
    rows: `insert into p select generate_series(1, 300); ${ROWS}`,
    after: "",
    given: {
      up: [
        call("createForeignKey", "g", "p", ["id"], "t", ["id"]),
        call("createUniqueConstraint", "u", "p", ["id", "n"]),
        call("createIndex", "i", "p", ["n"]),
      ],
      down: [
        call("dropIndex", "i", { was: { table: "p", keys: ["n"] } }),
        call("dropConstraint", "u", "p"),
        call("dropConstraint", "g", "p"),
      ],
    },
    calls: ["createForeignKey", "createUniqueConstraint", "createIndex"],
    remark: "Keeps writers out of all partitions of p",
  },
  {
    name: "checks",
    before: TABLE,
    rows: ROWS,
    after: `${TABLE} alter table t add constraint c check (a < 10), add constraint d check (length(b) > 1) no inherit`,
    calls: ["createCheckConstraint", "validateConstraint", "createCheckConstraint", "validateConstraint"],
  },
  {
    name: "a check that changes",
    before: `${TABLE} alter table t add constraint c check (a < 10)`,
    rows: ROWS,
    after: `${TABLE} alter table t add constraint c check (a < 20)`,
    calls: ["dropConstraint", "createCheckConstraint", "validateConstraint"],
  },
  {
    name: "a check that nobody has validated",
    before: `${TABLE} alter table t add constraint c check (a < 10) not valid`,
    rows: ROWS,
    after: `${TABLE} alter table t add constraint c check (a < 10)`,
    calls: ["validateConstraint"],
    isPlainSafe: true,
  },
  {
    name: "NOT NULL",
    before: TABLE,
    rows: ROWS,
    after: "create table t (id int primary key, a int not null, b text)",
    calls: NOT_NULL,
    down: ["alterColumn"],
  },
  {
    name: "NOT NULL of a long name that needs quotes, with a default that comes first",
    before: `create table t (id int primary key, "${LONG}x" text)`,
    rows: "insert into t select n, 'x' from generate_series(1, 300) n",
    after: `create table t (id int primary key, "${LONG}x" text not null default 'y')`,
    calls: ["alterColumn", ...NOT_NULL],
  },
  {
    name: "NOT NULL that a check proves",
    before: "create table t (id int primary key, a int, b text check (b is not null))",
    rows: ROWS,
    after: "create table t (id int primary key, a int, b text not null check (b is not null))",
    calls: ["alterColumn"],
    isPlainSafe: true,
  },
  {
    name: "NOT NULL in place of a check, which goes when it has proven it",
    before: `create table t (id int primary key, a int, "B" text constraint c check ("B" is not null))`,
    rows: ROWS,
    after: `create table t (id int primary key, a int, "B" text not null)`,
    calls: ["alterColumn", "dropConstraint"],
  },
  {
    name: "NOT NULL with a type that rewrites nothing, and one that does",
    before: "create table t (id int primary key, a varchar(5), b text)",
    rows: ROWS,
    after: "create table t (id int primary key, a varchar(9) not null, b varchar(9) not null)",
    calls: [...NOT_NULL, "alterColumn"],
    remark: "Rewrites t",
  },
  {
    name: "a column with a constant default, and one with the time",
    before: "create table t (id int primary key, a int)",
    rows: "insert into t select n, n from generate_series(1, 300) n",
    after: "create table t (id int primary key, a int, b int not null default 1, c timestamptz not null default now())",
    calls: ["addColumn", "addColumn"],
    isPlainSafe: true,
    isRandom: true,
  },
  {
    name: "a column with a default of its own for each row",
    before: "create table t (at timestamptz, n int, primary key (at, n))",
    rows: "insert into t select '2026-01-01'::timestamptz + n * interval '1 microsecond', n % 2 from generate_series(1, 3000) n",
    after: `create table t (at timestamptz, n int, code uuid not null default gen_random_uuid(), r float default random(),
      primary key (at, n))`,
    calls: ["addColumn", "alterColumn", "fillColumn", ...NOT_NULL, "addColumn", "alterColumn", "fillColumn"],
    down: ["dropColumn", "dropColumn"],
    isRandom: true,
  },
  {
    name: "such a column that the downgrade brings back",
    before: "create table t (id int primary key, code uuid not null default gen_random_uuid())",
    rows: "insert into t select n from generate_series(1, 300) n",
    after: "create table t (id int primary key)",
    calls: ["dropColumn"],
    down: ["addColumn", "alterColumn", "fillColumn", ...NOT_NULL],
    isRandom: true,
  },
  {
    name: "such a column of a table without a primary key",
    before: "create table t (id int)",
    rows: "insert into t select generate_series(1, 300)",
    after: "create table t (id int, code uuid not null default gen_random_uuid())",
    calls: ["addColumn"],
    remark: "without a primary key",
    isRandom: true,
  },
  {
    name: "an identity, and a column that is computed",
    before: "create table t (id int primary key)",
    rows: "insert into t select generate_series(1, 300)",
    after: `create table t (id int primary key, n int generated always as identity,
      twice int generated always as (id * 2) stored)`,
    calls: ["addColumn", "addColumn"],
    remark: "Rewrites t",
  },
  {
    name: "types that keep the rows as they are",
    before: "create table t (id int primary key, a varchar(5), b numeric(5, 2), c timestamptz(3), d text)",
    rows: "insert into t select n, 'a', 1.5, now(), 'd' from generate_series(1, 300) n",
    after: "create table t (id int primary key, a text, b numeric(9, 2), c timestamptz, d varchar)",
    calls: ["alterColumn", "alterColumn", "alterColumn", "alterColumn"],
    isRandom: true,
  },
  {
    name: "an enum's new value that a default needs at once",
    before: "create type mood as enum ('a', 'c'); create table t (id int primary key, m mood default 'a', n mood)",
    rows: "insert into t select n from generate_series(1, 300) n",
    after: "create type mood as enum ('a', 'b', 'c'); create table t (id int primary key, m mood default 'b', n mood)",
    calls: ["addEnumValue", "alterColumn"],
    down: ["replaceEnum"],
  },
  {
    name: "an exclusion constraint",
    before: "create table t (id int primary key, p int4range)",
    rows: "insert into t select n, int4range(n, n + 1) from generate_series(1, 300) n",
    after: "create table t (id int primary key, p int4range, constraint e exclude using gist (p with &&))",
    calls: ["createExclusionConstraint"],
    remark: "Keeps readers and writers out of t",
  },
  {
    name: "a table without rows is changed plainly",
    before: TABLE,
    rows: "",
    after: "create table t (id int primary key, a int not null unique, b text); create index i on t (a, b)",
    calls: ["alterColumn", "createUniqueConstraint", "createIndex"],
    isPlainSafe: true,
  },
  {
    name: "a table that goes takes its parts with it plainly",
    before: `${TABLE} create index i on t (a)`,
    rows: ROWS,
    after: "",
    calls: ["dropTable"],
    isPlainSafe: true,
  },
];
