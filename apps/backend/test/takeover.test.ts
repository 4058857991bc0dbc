import { connectOptions } from "@hypertroq/database";
import { Migrator } from "@hypertroq/database/migrations";
import { verify } from "@node-rs/bcrypt";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../test/database.ts";
import { migrationsDirectory } from "../src/config.ts";
import { newUser, startTestApp } from "./support.ts";

/** What `alembic upgrade head` sent for the Python models: SQLAlchemy's own form of DDL, columns in its order. */
const ALEMBIC = `
BEGIN;
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE users (
    email VARCHAR(255) NOT NULL, 
    hashed_password VARCHAR(255) NOT NULL, 
    full_name VARCHAR(255), 
    is_active BOOLEAN DEFAULT true NOT NULL, 
    is_superuser BOOLEAN DEFAULT false NOT NULL, 
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_users_email ON users (email);
CREATE INDEX ix_users_id ON users (id);
INSERT INTO alembic_version (version_num) VALUES ('ddef93c02177') RETURNING alembic_version.version_num;
COMMIT;
`;

/** Rows as passlib, uuid4 and people had made them. */
const ROWS = `
INSERT INTO users (id, email, hashed_password, full_name, is_active, is_superuser, created_at) VALUES
('f47ac10b-58cc-4372-a567-0e02b2c3d479', 'Anna.Berg@Example.COM',
 '$2b$12$qkE/M8cpDBGCt5ql0YwnReCF2CUcL8FHG3qtAtqGln5c.bMCEjWEK', 'Anna Berg', true, true, '2025-11-02 10:00:00.123456+00'),
('0b1d4c2e-9f38-4b57-8c1a-2d6e7f809a1b', 'jürgen@localhost', '!', NULL, false, false, '2025-11-03 10:00:00+00');
`;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(ALEMBIC);
  await database.query(ROWS);
});
afterAll(() => database.drop());

const migratorOf = ({ url }: TestDatabase) =>
  new Migrator({ connect: connectOptions({ url }), directory: migrationsDirectory });

/** All that the catalog says of the database's own objects, whatever the order of columns; the log is ours. */
async function catalog({ query }: TestDatabase): Promise<unknown> {
  return await query(`select fact from (
    select 'column ' || attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' ||
           attnotnull || ' ' || coalesce(pg_get_expr(adbin, adrelid), 'no default') as fact
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r')
      and attnum > 0 and not attisdropped
    union all
    select 'index ' || pg_get_indexdef(indexrelid) from pg_index
    where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
    union all
    select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace
    union all
    select 'relation ' || relkind::text || ' ' || relname from pg_class where relnamespace = 'public'::regnamespace
    ) facts where fact not like '%hypertroq\\_migration\\_log%' order by 1`);
}

/** Who wrote each row last, and where it lies. */
const versions = ({ query }: TestDatabase) =>
  query(
    "select tableoid::regclass::text as of, xmin, ctid from alembic_version union all select tableoid::regclass::text, xmin, ctid from users order by 1, 3",
  );

it("is at head as Alembic left it: upgrade does nothing and writes nothing", async () => {
  const before = [await catalog(database), await versions(database)];
  const migrator = migratorOf(database);
  expect(await migrator.current()).toEqual(["ddef93c02177"]);
  expect(await migrator.upgrade("head")).toEqual([]);
  expect(await migrator.status()).toMatchObject({ atHead: true, unknown: [] });
  expect([await catalog(database), await versions(database)]).toEqual(before);
});

it("has the catalog that our own revision makes, version table included", async () => {
  await using fresh = await createTestDatabase();
  await migratorOf(fresh).upgrade("head");
  expect(await catalog(fresh)).toEqual(await catalog(database));
});

it("is the same after a way down to base and up again", async () => {
  await using fresh = await createTestDatabase();
  const migrator = migratorOf(fresh);
  await migrator.upgrade("head");
  const before = await catalog(fresh);
  await migrator.downgrade("base");
  expect(await fresh.query("select relname from pg_class where relname like '%users%'")).toEqual([]);
  await migrator.upgrade("head");
  expect(await catalog(fresh)).toEqual(before);
});

it("serves the rows as they are, and goes on with them", async () => {
  await using test = await startTestApp({ database });
  const before = await versions(database);
  expect((await test.app.inject("/health/ready")).statusCode).toBe(200);
  const { items } = (await test.app.inject("/api/v1/users")).json();
  expect(await versions(database)).toEqual(before);
  expect(items).toEqual([
    {
      id: "0b1d4c2e-9f38-4b57-8c1a-2d6e7f809a1b",
      email: "jürgen@localhost",
      full_name: null,
      is_active: false,
      is_superuser: false,
      created_at: "2025-11-03T10:00:00.000Z",
      updated_at: expect.any(String),
    },
    expect.objectContaining({
      email: "Anna.Berg@Example.COM",
      is_superuser: true,
      created_at: "2025-11-02T10:00:00.123Z",
    }),
  ]);

  const [, { id }] = items;
  const changed = await test.app.inject({
    method: "PATCH",
    url: `/api/v1/users/${id}`,
    payload: { full_name: "Anna Holm" },
  });
  expect(changed.json()).toMatchObject({ email: "Anna.Berg@Example.COM", full_name: "Anna Holm", is_superuser: true });
  const [anna] = await database.query<Record<string, unknown>>(
    "select *, created_at::text as made from users where id = $1",
    [id],
  );
  expect(anna!["made"]).toMatch(/10:00:00\.123456/); // what JavaScript cannot hold is not written back
  expect(await verify("a password of the old system", anna!["hashed_password"] as string)).toBe(true);

  expect((await test.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() })).statusCode).toBe(201);
});
