import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { createRevision, importAlembic } from "../../src/migrations/index.ts";
import { ALEMBIC_DDL } from "../migrations/temporary-app.ts";
import { alembicApp, catalog, migrator, SEED, skip, versionRows } from "./alembic-app.ts";
import { withLoadedAlembic } from "./alembic-server.ts";

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
    await withLoadedAlembic(() => importAlembic({ from: app.project, directory: app.migrations }));

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
    const { revisions, remarks } = await withLoadedAlembic(() =>
      importAlembic({ from: app.project, directory: app.migrations }),
    );
    expect({ states: revisions.map(({ state }) => state), remarks }).toEqual({ states: ["taken"], remarks: [] });
    await migrator(fresh, app).upgrade("head");
    expect(await catalog(fresh)).toEqual(await catalog(live));
    expect(revisions[0]?.files[1]).toBe(
      join(app.migrations, "versions/ddef93c02177_initial_migration_with_user_model.up.sql"),
    );
  });
});
