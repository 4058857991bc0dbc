import { operationCase } from "./operation-case.ts";

export const CONSTRAINTS = [
  operationCase({
    name: "createPrimaryKey",
    before: "create table t (a int not null, b int not null, c text)",
    up: (op) => op.createPrimaryKey("pk", "t", ["b", "a"], { include: ["c"], deferrable: "initially deferred" }),
    sql: "alter table t add constraint pk primary key (b, a) include (c) deferrable initially deferred",
  }),
  operationCase({
    name: "createPrimaryKey: with an index that is there",
    before: "create schema s; create table s.t (a int not null); create unique index i on s.t (a)",
    up: (op) => op.createPrimaryKey("pk", "s.t", ["a"], { usingIndex: "i" }),
    sql: "alter table s.t add constraint pk primary key using index i",
  }),
  operationCase({
    name: "createUniqueConstraint",
    before: "create table t (a int, b int, c int)",
    up: (op) => {
      op.createUniqueConstraint("t_ab_key", "t", ["a", "b"]);
      op.createUniqueConstraint("t_b_key", "t", ["b"], {
        nullsNotDistinct: true,
        include: ["c"],
        deferrable: "initially immediate",
        with: { fillfactor: 70 },
      });
    },
    sql: `alter table t add constraint t_ab_key unique (a, b);
      alter table t add constraint t_b_key unique nulls not distinct (b) include (c) with (fillfactor = 70) deferrable`,
  }),
  operationCase({
    name: "createUniqueConstraint: with an index that is there",
    before: "create table t (a int, b int); create unique index i on t (a) include (b) nulls not distinct",
    up: (op) =>
      op.createUniqueConstraint("uq", "t", ["a"], {
        usingIndex: "i",
        include: ["b"],
        nullsNotDistinct: true,
        deferrable: "initially deferred",
      }),
    sql: "alter table t add constraint uq unique using index i deferrable initially deferred",
  }),
  operationCase({
    name: "createCheckConstraint",
    before: "create table t (a int, b int)",
    up: (op) => {
      op.createCheckConstraint("t_a_check", "t", "a > 0 and b is not null");
      op.createCheckConstraint("t_b_check", "t", "b > 0", { notValid: true, noInherit: true });
    },
    sql: `alter table t add constraint t_a_check check (a > 0 and b is not null);
      alter table t add constraint t_b_check check (b > 0) no inherit not valid`,
  }),
  operationCase({
    name: "createExclusionConstraint",
    before: "create extension btree_gist; create table t (room int, during tsrange, name text)",
    up: (op) =>
      op.createExclusionConstraint(
        "no_overlap",
        "t",
        [
          { column: "room", operator: "=", opclass: "gist_int4_ops" },
          { expression: "during * tsrange('2026-01-01', null)", operator: "&&" },
          { column: "name", operator: "=", collation: "C" },
        ],
        { method: "gist", where: "room > 0", deferrable: "initially deferred", with: { fillfactor: 80 } },
      ),
    sql: `alter table t add constraint no_overlap exclude using gist (room gist_int4_ops with =,
        (during * tsrange('2026-01-01', null)) with &&, name collate "C" with =) with (fillfactor = 80)
        where (room > 0) deferrable initially deferred`,
  }),
  operationCase({
    name: "createForeignKey",
    before: "create table p (id int primary key, b int, unique (id, b)); create table t (a int, b int)",
    up: (op) => {
      op.createForeignKey("t_a_fkey", "t", ["a"], "p", ["id"], { onDelete: "cascade", onUpdate: "set null" });
      op.createForeignKey("t_b_fkey", "t", ["b"], "p", ["id"]);
      op.createForeignKey("t_ab_fkey", "t", ["a", "b"], "public.p", ["id", "b"], {
        match: "full",
        onDelete: "set default",
        deferrable: "initially deferred",
        notValid: true,
      });
    },
    sql: `alter table t add constraint t_a_fkey foreign key (a) references p (id) on delete cascade on update set null;
      alter table t add constraint t_b_fkey foreign key (b) references p (id);
      alter table t add constraint t_ab_fkey foreign key (a, b) references p (id, b) match full on delete set default
        deferrable initially deferred not valid`,
  }),
  operationCase({
    name: "alterConstraint",
    before: "create table p (id int primary key); create table t (a int constraint fk references p)",
    up: (op) => op.alterConstraint("fk", "t", { deferrable: "initially deferred", was: { deferrable: null } }),
    sql: "alter table t alter constraint fk deferrable initially deferred",
  }),
  operationCase({
    name: "validateConstraint",
    before: `create table p (id int primary key); create table t (a int);
      alter table t add constraint fk foreign key (a) references p (id) not valid, add constraint ck check (a > 0) not valid`,
    up: (op) => {
      op.validateConstraint("fk", "t", {
        was: { foreignKey: { columns: ["a"], target: { table: "p", columns: ["id"] } } },
      });
      op.validateConstraint("ck", "t", { was: { check: "a > 0" } });
    },
    sql: "alter table t validate constraint fk; alter table t validate constraint ck",
  }),
  operationCase({
    name: "renameConstraint",
    before: "create table t (a int constraint a check (a > 0))",
    up: (op) => op.renameConstraint("a", "t", "b"),
    sql: "alter table t rename constraint a to b",
  }),
  operationCase({
    name: "dropConstraint",
    before: `create table p (id int primary key, u int constraint uq unique nulls not distinct);
      create table t (a int constraint odd check (a % 2 = 1), b int constraint fk references p on delete cascade,
        c int4range, constraint ex exclude using gist (c with &&))`,
    up: (op) => {
      op.dropConstraint("odd", "t", { was: { check: "a % 2 = 1" } });
      op.dropConstraint("fk", "t", {
        was: { foreignKey: { columns: ["b"], target: { table: "p", columns: ["id"] }, onDelete: "cascade" } },
      });
      op.dropConstraint("ex", "t", {
        was: { exclusion: { elements: [{ column: "c", operator: "&&" }], method: "gist" } },
      });
      op.dropConstraint("uq", "p", { was: { unique: { columns: ["u"], nullsNotDistinct: true } } });
      op.dropConstraint("p_pkey", "p", { was: { primaryKey: ["id"] } });
    },
    sql: `alter table t drop constraint odd, drop constraint fk, drop constraint ex;
      alter table p drop constraint uq, drop constraint p_pkey`,
  }),
  operationCase({
    name: "dropConstraint: and what depends on it",
    before: "create table p (id int primary key); create table t (a int references p)",
    up: (op) => op.dropConstraint("p_pkey", "p", { cascade: true }),
    sql: "alter table p drop constraint p_pkey cascade",
    reverse: "none",
  }),
  operationCase({
    name: "createIndex",
    before: 'create schema s; create table s.t (a int, b text, "C" int[], d jsonb)',
    up: (op) => {
      op.createIndex("ix_a", "s.t", ["a"]);
      op.createIndex("ix_ab", "s.t", ["b", "a"], { unique: true, where: "a > 0", nullsNotDistinct: true });
      op.createIndex("ix_c", "s.t", ["C"], { method: "gin", with: { fastupdate: "off" } });
      op.createIndex("ix_d", "s.t", [{ column: "d", opclass: "jsonb_path_ops" }], { method: "gin" });
      op.createIndex(
        "ix_e",
        "s.t",
        [
          { expression: "lower(b)", collation: "C", opclass: "text_pattern_ops", order: "desc", nulls: "last" },
          { column: "a", order: "asc", nulls: "first" },
        ],
        { include: ["b"], with: { fillfactor: 70 }, tablespace: "pg_default" },
      );
    },
    sql: `create index ix_a on s.t (a); create unique index ix_ab on s.t (b, a) nulls not distinct where a > 0;
      create index ix_c on s.t using gin ("C") with (fastupdate = off);
      create index ix_d on s.t using gin (d jsonb_path_ops);
      create index ix_e on s.t (lower(b) collate "C" text_pattern_ops desc nulls last, a nulls first) include (b)
        with (fillfactor = 70)`,
  }),
  operationCase({
    name: "createIndex: concurrently",
    before: "create table t (a int)",
    up: (op) => op.createIndex("ix", "t", ["a"], { concurrently: true }),
    sql: "create index ix on t (a)",
    recovery: ["createIndex"],
  }),
  operationCase({
    name: "createIndex, attachIndex: of a partitioned table alone",
    before:
      "create table p (a int) partition by list (a); create table q partition of p default; create index iq on q (a)",
    up: (op) => {
      op.createIndex("ip", "p", ["a"], { only: true });
      op.attachIndex("ip", "iq");
    },
    sql: "create index ip on only p (a); alter index ip attach partition iq",
    reverse: "none",
  }),
  operationCase({
    name: "dropIndex",
    before:
      "create schema s; create table s.t (a int); create unique index i on s.t (a desc); create index j on s.t (a)",
    up: (op) => op.dropIndex("s.i", { was: { table: "s.t", keys: [{ column: "a", order: "desc" }], unique: true } }),
    sql: "drop index s.i",
  }),
  operationCase({
    name: "dropIndex: concurrently",
    before: "create table t (a int); create index i on t (a)",
    up: (op) => op.dropIndex("i", { concurrently: true, was: { table: "t", keys: ["a"] } }),
    sql: "drop index i",
    recovery: ["dropIndex"],
  }),
  operationCase({
    name: "renameIndex",
    before: "create schema s; create table s.t (a int); create index i on s.t (a)",
    up: (op) => op.renameIndex("s.i", "J"),
    sql: 'alter index s.i rename to "J"',
  }),
  operationCase({
    name: "alterIndex",
    before: "create table t (a int); create index i on t (a) with (fillfactor = 50)",
    up: (op) =>
      op.alterIndex("i", {
        with: { fillfactor: 80, deduplicate_items: false },
        tablespace: "pg_default",
        was: {
          tablespace: "pg_default",
          with: { fillfactor: 50, deduplicate_items: null },
        },
      }),
    sql: "alter index i set (fillfactor = 80, deduplicate_items = false)",
  }),
  operationCase({
    name: "reindex",
    before: "create table t (a int primary key)",
    up: (op) => {
      op.reindex("table", "t");
      op.reindex("index", "public.t_pkey");
    },
    sql: "",
  }),
  operationCase({
    name: "reindex: concurrently, and a schema",
    before: "create table t (a int primary key)",
    up: (op) => {
      op.reindex("table", "t", { concurrently: true });
      op.reindex("index", "t_pkey", { concurrently: true });
      op.reindex("schema", "public", { concurrently: true });
      op.reindex("schema", "public");
    },
    sql: "",
    recovery: ["reindex", "reindex", "reindex", "reindex"],
  }),
  operationCase({
    name: "createStatistics",
    before: "create schema s; create table s.t (a int, b int)",
    up: (op) => {
      op.createStatistics("s.x", { table: "s.t", on: ["a", "b"], kinds: ["dependencies", "mcv"] });
      op.createStatistics("y", { table: "s.t", on: ["a", { expression: "b % 10" }] });
    },
    sql: "create statistics s.x (dependencies, mcv) on a, b from s.t; create statistics y on a, (b % 10) from s.t",
  }),
  operationCase({
    name: "alterStatistics",
    before: "create table t (a int, b int); create statistics x on a, b from t",
    up: (op) => op.alterStatistics("x", 300, { was: -1 }),
    sql: "alter statistics x set statistics 300",
  }),
  operationCase({
    name: "dropStatistics",
    before: "create table t (a int, b int); create statistics x on a, b from t",
    up: (op) => op.dropStatistics("x", { was: { table: "t", on: ["a", "b"] } }),
    sql: "drop statistics x",
  }),
];
