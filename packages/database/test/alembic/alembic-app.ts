import { spawnSync } from "node:child_process";
import type { TestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { Migrator } from "../../src/migrations/index.ts";
import { fingerprint } from "../migrations/fingerprint.ts";
import { type TemporaryApp, temporaryApp } from "../migrations/temporary-app.ts";
import { runAlembic } from "./alembic-server.ts";

/** Debian: python3-alembic and python3-psycopg2, and `alembic` to call it by. */
const IS_THERE = `import importlib.util, shutil, sys
sys.exit(not (shutil.which("alembic") and all(map(importlib.util.find_spec, ["alembic", "psycopg2"]))))`;
export const missing = spawnSync("/usr/bin/python3", ["-c", IS_THERE]).status !== 0;
if (missing) console.warn("No tests with Alembic: install the packages alembic and python3-psycopg2.");

/** In CI a missing Alembic is a failure: the tests run, and say that they cannot. */
export const skip = missing && !process.env["CI"];

/** A revision file of Alembic's to write. */
export interface PythonSource {
  readonly id: string;
  /** As Python. */
  readonly down?: string;
  readonly labels?: string;
  readonly dependsOn?: string;
  readonly message?: string;
  /** Statements in Python, a line each. */
  readonly up?: readonly string[];
  readonly back?: readonly string[];
}

export function pythonText({ id, down = "None", labels = "None", dependsOn = "None", ...rest }: PythonSource): string {
  const { message = `does ${id}`, up = ["pass"], back = ["pass"] } = rest;
  const body = (lines: readonly string[]): string => lines.map((line) => `    ${line}\n`).join("");
  return `"""${message}

Revision ID: ${id}
Revises: ${down.replace(/[()']/g, "")}
Create Date: 2024-05-06 07:08:09.123456

"""
from alembic import op
import sqlalchemy as sa


revision = '${id}'
down_revision = ${down}
branch_labels = ${labels}
depends_on = ${dependsOn}


def upgrade() -> None:
${body(up)}

def downgrade() -> None:
${body(back)}`;
}

export const INI = `[alembic]
script_location = %(here)s/alembic
sqlalchemy.url = driver://user:secret@localhost/dbname
`;

/** As Alembic's generic template, with the URL from the environment. */
export const ENV = `
import os
from alembic import context
from sqlalchemy import create_engine, pool

url = os.environ.get("ALEMBIC_URL", "postgresql://nobody:secret@127.0.0.1:1/nothing")

def run_migrations_offline():
    context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()

def run_migrations_online():
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()

if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
`;

/** An app of ours with an Alembic project in `api/` beside it. */
export interface AlembicApp extends TemporaryApp {
  /** The directory of the project's alembic.ini. */
  readonly project: string;
  /** Runs Alembic on a database; rejects with what it says where it fails. */
  alembic(url: string, ...words: readonly string[]): Promise<string>;
}

export async function alembicApp(revisions: readonly PythonSource[], env = ENV): Promise<AlembicApp> {
  const app = await temporaryApp();
  await app.write("api/alembic.ini", INI);
  await app.write("api/alembic/env.py", env);
  for (const revision of revisions) await app.write(`api/alembic/versions/${revision.id}_x.py`, pythonText(revision));
  const project = `${app.root}/api`;
  const alembic = (url: string, ...words: readonly string[]): Promise<string> => runAlembic(project, url, words);
  return { ...app, project, alembic };
}

/** The catalog, without what only one of the two tools keeps there. */
export async function catalog({ url }: TestDatabase): Promise<readonly string[]> {
  return (await fingerprint(url)).filter((fact) => !fact.includes("hypertroq_migration_log"));
}

export async function versionRows(database: TestDatabase): Promise<readonly string[]> {
  const found = await database.query<{ id: string }>("select version_num as id from alembic_version order by 1");
  return found.map(({ id }) => id);
}

export function migrator({ url }: TestDatabase, { migrations }: TemporaryApp): Migrator {
  return new Migrator({ connect: connectOptions({ url }), directory: migrations });
}

/** The first revision of the system that this one takes over from. */
export const SEED: PythonSource = {
  id: "ddef93c02177",
  message: "Initial migration with user model",
  up: [
    "from sqlalchemy.dialects import postgresql",
    "op.create_table('users',",
    "    sa.Column('id', postgresql.UUID(), nullable=False),",
    "    sa.Column('email', sa.String(length=255), nullable=False),",
    "    sa.Column('hashed_password', sa.String(length=255), nullable=False),",
    "    sa.Column('full_name', sa.String(length=255), nullable=True),",
    "    sa.Column('is_active', sa.Boolean(), server_default=sa.text('true'), nullable=False),",
    "    sa.Column('is_superuser', sa.Boolean(), server_default=sa.text('false'), nullable=False),",
    "    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),",
    "    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),",
    "    sa.PrimaryKeyConstraint('id'))",
    "op.create_index(op.f('ix_users_email'), 'users', ['email'], unique=True)",
    "op.create_index(op.f('ix_users_id'), 'users', ['id'], unique=False)",
  ],
  back: [
    "op.drop_index(op.f('ix_users_id'), table_name='users')",
    "op.drop_index(op.f('ix_users_email'), table_name='users')",
    "op.drop_table('users')",
  ],
};

/**
 * A history with all that Alembic's graph knows: two bases, labels, a branch point, a merge point, a dependency by label
 * and one by id, an index made outside the transaction, data, a routine, and texts that are hard to read.
 */
export const HISTORY: readonly PythonSource[] = [
  {
    id: "0000users",
    message: "users, and what they're called",
    up: [
      "op.create_table('users',",
      "    sa.Column('id', sa.Integer(), nullable=False),",
      "    sa.Column('email', sa.String(255), nullable=False),",
      "    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),",
      "    sa.PrimaryKeyConstraint('id'))",
      "op.create_index('ix_users_email', 'users', ['email'], unique=True)",
    ],
    back: ["op.drop_index('ix_users_email', table_name='users')", "op.drop_table('users')"],
  },
  {
    id: "billing1",
    down: "'0000users'",
    labels: "('billing',)",
    up: [
      "op.execute(\"CREATE TYPE state AS ENUM ('open', 'paid')\")",
      "op.create_table('invoices',",
      "    sa.Column('id', sa.Integer(), primary_key=True),",
      "    sa.Column('user_id', sa.Integer(), sa.ForeignKey('users.id', ondelete='CASCADE')),",
      "    sa.Column('total', sa.Numeric(12, 2), sa.CheckConstraint('total % 1 = 0 OR total > 0', name='total_is_fair')),",
      "    sa.Column('note', sa.Text(), server_default='it\\'s; \"quoted\" -- 100%', comment='a; b'))",
      "op.execute('ALTER TABLE invoices ADD COLUMN state state')",
    ],
    back: ["op.drop_table('invoices')", "op.execute('DROP TYPE state')"],
  },
  {
    id: "search1",
    down: "'0000users'",
    labels: "('search', 'lookup')",
    up: [
      "op.execute(\"INSERT INTO users (id, email) VALUES (1, 'ä;b@x.org'), (2, 'c%d@x.org')\")",
      "with op.get_context().autocommit_block():",
      "    op.create_index('ix_users_created', 'users', ['created_at'], postgresql_concurrently=True)",
      "op.execute('ALTER TABLE users ADD COLUMN found integer NOT NULL DEFAULT 0')",
    ],
    back: [
      "op.drop_column('users', 'found')",
      "with op.get_context().autocommit_block():",
      "    op.drop_index('ix_users_created', table_name='users', postgresql_concurrently=True)",
      "op.execute('DELETE FROM users WHERE id IN (1, 2)')",
    ],
  },
  {
    id: "billing2",
    down: "'billing1'",
    dependsOn: "'search'",
    up: [
      "op.execute('''",
      "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$",
      "BEGIN",
      "  -- Running upgrade of a row; \"it\" is 'new'",
      "  NEW.created_at := now(); RETURN NEW;",
      "END;",
      "$body$;",
      "CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();''')",
    ],
    back: ["op.execute('DROP TRIGGER touch ON users; DROP FUNCTION touch()')"],
  },
  { id: "merge1", down: "('billing2', 'search1')", message: "merge billing and search" },
  {
    id: "data1",
    down: "'merge1'",
    message: "fill invoices",
    up: [
      "invoices = sa.table('invoices', sa.column('id', sa.Integer), sa.column('user_id', sa.Integer), sa.column('note', sa.String))",
      "op.bulk_insert(invoices, [{'id': 1, 'user_id': 1, 'note': \"it's 5% \\\"off\\\"\"}, {'id': 2, 'user_id': 2, 'note': None}])",
      "op.execute(invoices.update().where(invoices.c.id == 2).values(note='late'))",
    ],
    back: ["op.execute('DELETE FROM invoices')"],
  },
  {
    id: "audit1",
    labels: "('audit',)",
    up: [
      "op.execute('CREATE SCHEMA audit')",
      "op.create_table('events', sa.Column('at', sa.DateTime()), schema='audit')",
    ],
    back: ["op.drop_table('events', schema='audit')", "op.execute('DROP SCHEMA audit')"],
  },
  {
    id: "audit2",
    down: "'audit1'",
    dependsOn: "('billing1',)",
    up: ["op.add_column('events', sa.Column('invoice', sa.Integer(), sa.ForeignKey('invoices.id')), schema='audit')"],
    back: ["op.drop_column('events', 'invoice', schema='audit')"],
  },
];
