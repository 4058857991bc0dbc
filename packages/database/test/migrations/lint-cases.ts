import type { Operations } from "../../src/migrations/index.ts";

type Up = (op: Operations) => void;

/** What a rule finds, and something like it in which it finds nothing. Both on what {@link BEFORE} makes. */
export interface LintCase {
  readonly rule: string;
  readonly fires: Up;
  readonly silent: Up;
  /** What the revisions say of their transactions. */
  readonly transaction?: boolean;
  readonly silentTransaction?: boolean;
}

const id = { type: "bigint", identity: "always" } as const;

/** A revision that is there already. */
export const BEFORE: Up = (op) => {
  op.createTable("users", {
    columns: {
      id,
      email: { type: "text", nullable: true },
      code: { type: "varchar(10)", nullable: true },
      age: { type: "integer", nullable: true },
      team_id: { type: "bigint", nullable: true },
    },
    primaryKey: ["id"],
  });
  op.createTable("teams", { columns: { id, name: { type: "text" } }, primaryKey: ["id"] });
  op.createIndex("ix_users_email", "users", ["email"]);
  op.createCheckConstraint("users_code_there", "users", "code is not null");
  op.createTable("events", { columns: { at: { type: "date" }, n: { type: "int" } }, partitionBy: "range (at)" });
  op.createTable("events_1", { columns: { at: { type: "date" }, n: { type: "int" } } });
  op.createTable("events_2", {
    columns: { at: { type: "date" }, n: { type: "int" } },
    checks: { bound: "at >= '2026-01-01' and at < '2026-02-01'" },
  });
  op.createTable("events_0", {
    partitionOf: { table: "events", bound: "for values from ('2025-01-01') to ('2026-01-01')" },
  });
  op.createDomain("amount", { type: "integer", checks: { amount_there: "value > 0" } });
  op.createDomain("word", { type: "text" });
  op.createEnum("mood", ["sad"]);
  op.createMaterializedView("counts", "select team_id, count(*) from users group by 1");
};

const small: Up = (op) => op.createTable("small", { columns: { id, n: { type: "int" } }, primaryKey: ["id"] });

export const CASES: readonly LintCase[] = [
  {
    rule: "create-index-blocks-writes",
    fires: (op) => op.createIndex("i", "users", ["age"]),
    silent: (op) => op.createIndex("i", "users", ["age"], { concurrently: true }),
  },
  {
    rule: "create-index-blocks-writes",
    fires: (op) => op.sql`create unique index on public.users (age)`,
    silent: (op) => {
      small(op);
      op.createIndex("i", "small", ["n"]);
    },
  },
  {
    rule: "drop-index-blocks-reads",
    fires: (op) => op.dropIndex("ix_users_email"),
    silent: (op) => op.dropIndex("ix_users_email", { concurrently: true }),
  },
  {
    rule: "reindex-blocks-writes",
    fires: (op) => op.reindex("table", "users"),
    silent: (op) => op.reindex("table", "users", { concurrently: true }),
  },
  {
    rule: "concurrently-in-transaction",
    transaction: true,
    fires: (op) => op.createIndex("i", "users", ["age"], { concurrently: true }),
    silent: (op) => op.createIndex("i", "users", ["age"], { concurrently: true }),
    silentTransaction: false,
  },
  {
    rule: "foreign-key-without-index",
    fires: (op) => op.createForeignKey("fk", "users", ["team_id"], "teams", ["id"], { notValid: true }),
    silent: (op) => {
      op.createIndex("i", "users", ["team_id", "age"], { concurrently: true });
      op.createForeignKey("fk", "users", ["team_id"], "teams", ["id"], { notValid: true });
    },
  },
  {
    rule: "add-column-volatile-default",
    fires: (op) => op.addColumn("users", "token", { type: "uuid", default: "gen_random_uuid()" }),
    silent: (op) => op.addColumn("users", "seen", { type: "timestamptz", default: "now()" }),
  },
  {
    rule: "add-column-volatile-default",
    fires: (op) => op.addColumn("users", "token", { type: "int", default: "our_own(1)" }),
    silent: (op) => op.addColumn("users", "token", { type: "varchar(5)", default: "'x'::varchar(5)" }),
  },
  {
    rule: "add-serial-column",
    fires: (op) => op.addColumn("users", "n", { type: "bigint", identity: "always" }),
    silent: (op) => op.addColumn("users", "n", { type: "bigint", nullable: true }),
  },
  {
    rule: "add-generated-column",
    fires: (op) => op.addColumn("users", "twice", { type: "int", generated: "age * 2", nullable: true }),
    silent: (op) => op.addColumn("users", "twice", { type: "int", nullable: true }),
  },
  {
    rule: "add-required-column",
    fires: (op) => op.addColumn("users", "city", { type: "text" }),
    silent: (op) => op.addColumn("users", "city", { type: "text", default: "''" }),
  },
  {
    rule: "add-column-with-constraint",
    fires: (op) => op.sql`alter table users add column n int check (n > 0)`,
    silent: (op) => op.sql`alter table users add column n int`,
  },
  {
    rule: "add-column-checked-domain",
    fires: (op) => op.addColumn("users", "paid", { type: "amount", nullable: true }),
    silent: (op) => op.addColumn("users", "nick", { type: "word", nullable: true }),
  },
  {
    rule: "set-not-null-scans",
    fires: (op) => op.alterColumn("users", "email", { nullable: false }),
    silent: (op) => op.alterColumn("users", "code", { nullable: false }),
  },
  {
    rule: "change-type-rewrites",
    fires: (op) => op.alterColumn("users", "age", { type: "bigint" }),
    silent: (op) => op.alterColumn("users", "code", { type: "varchar(20)" }),
  },
  {
    rule: "change-type-rewrites",
    fires: (op) => op.alterColumn("users", "code", { type: "text", using: "lower(code)" }),
    silent: (op) => op.alterColumn("users", "code", { type: "text" }),
  },
  {
    rule: "add-check-scans",
    fires: (op) => op.createCheckConstraint("c", "users", "age > 0"),
    silent: (op) => op.createCheckConstraint("c", "users", "age > 0", { notValid: true }),
  },
  {
    rule: "add-foreign-key-scans",
    fires: (op) => op.createForeignKey("fk", "users", ["team_id"], "teams", ["id"]),
    silent: (op) => op.createForeignKey("fk", "users", ["team_id"], "teams", ["id"], { notValid: true }),
  },
  {
    rule: "validate-in-same-transaction",
    fires: (op) => {
      op.createCheckConstraint("c", "users", "age > 0", { notValid: true });
      op.validateConstraint("c", "users");
    },
    silent: (op) => {
      op.createCheckConstraint("c", "users", "age > 0", { notValid: true });
      op.validateConstraint("c", "users");
    },
    silentTransaction: false,
  },
  {
    rule: "add-unique-blocks",
    fires: (op) => op.createUniqueConstraint("u", "users", ["email"]),
    silent: (op) => op.createUniqueConstraint("u", "users", ["email"], { usingIndex: "ix_users_email" }),
  },
  {
    rule: "add-primary-key-blocks",
    fires: (op) => op.createPrimaryKey("pk", "events_1", ["n"]),
    silent: (op) => op.createPrimaryKey("pk", "events_1", ["n"], { usingIndex: "i" }),
  },
  {
    rule: "add-exclusion-blocks",
    fires: (op) => op.sql`alter table users add constraint x exclude using gist (email with =)`,
    silent: (op) => op.sql`create table small (a int, constraint x exclude using btree (a with =))`,
  },
  {
    rule: "alter-domain-scans",
    fires: (op) => op.addDomainCheck("c", "amount", "value < 100"),
    silent: (op) => op.addDomainCheck("c", "amount", "value < 100", { notValid: true }),
  },
  {
    rule: "detach-blocks-reads",
    fires: (op) => op.detachPartition("events", "events_0"),
    silent: (op) => op.detachPartition("events", "events_0", { concurrently: true }),
  },
  {
    rule: "attach-scans",
    fires: (op) => op.attachPartition("events", "events_1", "for values from ('2026-02-01') to ('2026-03-01')"),
    silent: (op) => op.attachPartition("events", "events_2", "for values from ('2026-01-01') to ('2026-02-01')"),
  },
  {
    rule: "rename-column",
    fires: (op) => op.renameColumn("users", "age", "years"),
    silent: (op) => {
      small(op);
      op.renameColumn("small", "n", "m");
    },
  },
  {
    rule: "rename-table",
    fires: (op) => op.renameTable("users", "members"),
    silent: (op) => op.renameIndex("ix_users_email", "e"),
  },
  {
    rule: "rename-table",
    fires: (op) => op.setSchema("table", "users", "app"),
    silent: (op) => op.setSchema("domain", "word", "app"),
  },
  {
    rule: "drop-column",
    fires: (op) => op.dropColumn("users", "age"),
    silent: (op) => op.alterColumn("users", "age", { default: null, was: { default: "1" } }),
  },
  {
    rule: "drop-table",
    fires: (op) => op.dropTable("users"),
    silent: (op) => {
      small(op);
      op.dropTable("small");
    },
  },
  { rule: "drop-schema", fires: (op) => op.dropSchema("old"), silent: (op) => op.createSchema("old") },
  {
    rule: "drop-cascade",
    fires: (op) => op.dropTable("teams", { cascade: true }),
    silent: (op) => op.dropTable("teams"),
  },
  {
    rule: "truncate",
    fires: (op) => op.sql`truncate table users cascade`,
    silent: (op) => {
      small(op);
      op.sql`truncate small`;
    },
  },
  {
    rule: "move-table-rewrites",
    fires: (op) => op.alterTable("users", { unlogged: true }),
    silent: (op) => op.alterTable("users", { with: { fillfactor: 80 } }),
  },
  { rule: "vacuum-full", fires: (op) => op.outside`vacuum (full) users`, silent: (op) => op.outside`vacuum users` },
  {
    rule: "cluster",
    fires: (op) => op.sql`cluster users using ix_users_email`,
    silent: (op) => op.sql`alter table users cluster on ix_users_email`,
  },
  {
    rule: "refresh-blocks-reads",
    fires: (op) => op.refreshMaterializedView("counts"),
    silent: (op) => op.refreshMaterializedView("counts", { concurrently: true }),
  },
  {
    rule: "disable-triggers",
    fires: (op) => op.sql`alter table users disable trigger all`,
    silent: (op) => op.disableTrigger("watch", "users"),
  },
  {
    rule: "many-tables-locked",
    fires: (op) => {
      op.addColumn("users", "a", { type: "int", nullable: true });
      op.addColumn("teams", "a", { type: "int", nullable: true });
      op.alterColumn("events_1", "n", { type: "bigint" });
    },
    silent: (op) => {
      op.addColumn("users", "a", { type: "int", nullable: true });
      op.addColumn("teams", "a", { type: "int", nullable: true });
      op.addColumn("events_1", "a", { type: "int", nullable: true });
    },
  },
  {
    rule: "data-change-with-schema-change",
    fires: (op) => {
      op.addColumn("users", "a", { type: "int", nullable: true });
      op.data("fill", async () => {});
    },
    silent: (op) => {
      op.addColumn("users", "a", { type: "int", nullable: true });
      op.data("fill", async () => {});
    },
    silentTransaction: false,
  },
  {
    rule: "unbatched-data-change",
    fires: (op) => op.sql`update users set email = ${"x"}`,
    silent: (op) => op.fillColumn("users", "email", "'x'"),
  },
  {
    rule: "enum-value-used",
    fires: (op) => {
      op.addEnumValue("mood", "glad");
      op.addColumn("users", "mood", { type: "mood", default: "'glad'" });
    },
    silent: (op) => {
      op.addEnumValue("mood", "glad");
      op.addColumn("users", "mood", { type: "mood", default: "'sad'" });
    },
  },
  {
    // Where the same transaction has made the enum as well, PostgreSQL 16 refuses it too.
    rule: "enum-value-used",
    fires: (op) => {
      op.createEnum("pace", ["slow"]);
      op.addEnumValue("pace", "fast");
      op.addColumn("users", "pace", { type: "pace", default: "'fast'" });
    },
    silent: (op) => {
      op.createEnum("pace", ["slow", "fast"]);
      op.addColumn("users", "pace", { type: "pace", default: "'fast'" });
    },
  },
  {
    rule: "prefer-jsonb",
    fires: (op) => op.createTable("small", { columns: { d: { type: "json" } } }),
    silent: (op) => op.createTable("small", { columns: { d: { type: "jsonb" } } }),
  },
  {
    rule: "prefer-text",
    fires: (op) => op.createTable("small", { columns: { d: { type: "varchar(20)" } } }),
    silent: (op) => op.createTable("small", { columns: { d: { type: "varchar" }, e: { type: "text" } } }),
  },
  {
    rule: "prefer-text",
    fires: (op) => op.createTable("small", { columns: { d: { type: "char(2)" } } }),
    silent: (op) => op.createTable("small", { columns: { d: { type: '"char"' } } }),
  },
  {
    rule: "prefer-timestamptz",
    fires: (op) => op.createTable("small", { columns: { d: { type: "timestamp(3) without time zone" } } }),
    silent: (op) => op.createTable("small", { columns: { d: { type: "timestamptz(3)" } } }),
  },
  {
    rule: "prefer-bigint-key",
    fires: (op) => op.createTable("small", { columns: { id: { type: "integer" } }, primaryKey: ["id"] }),
    silent: (op) =>
      op.createTable("small", { columns: { id: { type: "uuid" }, n: { type: "integer" } }, primaryKey: ["id"] }),
  },
  {
    rule: "prefer-identity",
    fires: (op) => op.createTable("small", { columns: { id: { type: "bigserial" } } }),
    silent: (op) => op.createTable("small", { columns: { id } }),
  },
];
