import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { createRevision, importAlembic } from "../../src/migrations/index.ts";
import { ALEMBIC_DDL } from "../migrations/temporary-app.ts";
import { alembicApp, catalog, migrator, type PythonSource, skip, versionRows } from "./alembic-app.ts";

/** The first revision of the system that this one takes over from. */
const SEED: PythonSource = {
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

/** As Alembic's async template: the driver is imported only to connect, which offline nobody does. */
const ASYNC_ENV = `
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

url = "postgresql+asyncpg://postgres:postgres@localhost:5433/hypertoq"

def run_migrations_offline():
    context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()

async def run_async_migrations():
    async with create_async_engine(url).connect() as connection:
        await connection.run_sync(context.run_migrations)

if context.is_offline_mode():
    run_migrations_offline()
else:
    asyncio.run(run_async_migrations())
`;

describe.skipIf(skip)("the seed's database, at ddef93c02177 by Alembic", () => {
  test("is taken over in place: nothing to do, then on and back, and Alembic reads it all the while", async () => {
    await using app = await alembicApp([SEED]);
    await using database = await createTestDatabase();
    await database.query(ALEMBIC_DDL);
    const before = await catalog(database);
    await importAlembic({ from: app.project, directory: app.migrations });

    expect(await migrator(database, app).current()).toEqual([SEED.id]);
    expect(await migrator(database, app).upgrade("head")).toEqual([]);
    expect(await database.query("select to_regclass('hypertroq_migration_log') as log")).toEqual([{ log: null }]);
    expect(await catalog(database)).toEqual(before);

    const { id } = await createRevision({ directory: app.migrations, message: "next" });
    await migrator(database, app).upgrade("head");
    expect(await versionRows(database)).toEqual([id]);
    await migrator(database, app).downgrade(SEED.id);
    expect(await app.alembic(database.url, "current")).toBe(`${SEED.id} (head)\n`);
    await app.alembic(database.url, "downgrade", "base");
    await migrator(database, app).upgrade(SEED.id);
    expect(await catalog(database)).toEqual(before);
  });

  test("an asynchronous env.py needs no driver", async () => {
    await using app = await alembicApp([SEED], ASYNC_ENV);
    await using live = await createTestDatabase();
    await using fresh = await createTestDatabase();
    await live.query(ALEMBIC_DDL);
    const { revisions, remarks } = await importAlembic({ from: app.project, directory: app.migrations });
    expect({ states: revisions.map(({ state }) => state), remarks }).toEqual({ states: ["taken"], remarks: [] });
    await migrator(fresh, app).upgrade("head");
    expect(await catalog(fresh)).toEqual(await catalog(live));
    expect(revisions[0]?.files[1]).toBe(
      join(app.migrations, "versions/ddef93c02177_initial_migration_with_user_model.up.sql"),
    );
  });
});
