import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The same small app in the words of each tool: one migration, which makes one table. */
export interface App {
  readonly name: string;
  /** The tool's program; undefined where it is not installed. */
  readonly command: readonly [string, ...string[]] | undefined;
  /** The oldest Node that it starts on, where that is not the oldest of all. */
  readonly node?: string;
  /** Below which folder the app has to be, to find what it imports. */
  readonly home: "dist" | "peers/dist";
  /** By path; the database's URL is in DATABASE_URL. */
  readonly files: Readonly<Record<string, string>>;
  /** Brings the database to the newest migration. */
  readonly migrate?: readonly string[];
  /** Asks which migrations the database has. */
  readonly current?: readonly string[];
  /** What the answer contains. */
  readonly prints?: RegExp;
}

const PRODUCTS = "create table products (id integer primary key, name text not null)";

/** The program of a package that is installed with the repository, or among the peers. */
function program(path: string): readonly [string, string] | undefined {
  const places = ["../../peers/node_modules/", "../../../node_modules/"];
  const found = places.map((place) => fileURLToPath(new URL(place + path, import.meta.url))).find(existsSync);
  return found === undefined ? undefined : [process.execPath, realpathSync(found)];
}

const ours: App = {
  name: "ours",
  command: program("@hypertroq/database/bin/hypertroq.js"),
  home: "dist",
  files: {
    "hypertroq.config.ts": `import type { Config } from "@hypertroq/database";
export default { migrations: { directory: "migrations" } } satisfies Config;
`,
    "migrations/versions/3f1b5a7c9d2e_products.ts": `import type { Operations } from "@hypertroq/database/migrations";
export const revision = "3f1b5a7c9d2e";
export const downRevision = null;
export const branchLabels = null;
export const dependsOn = null;
export const message = "products";
export const createdAt = "2026-01-01T00:00:00Z";
export function upgrade(op: Operations): void {
  op.createTable("products", { columns: { id: { type: "integer" }, name: { type: "text" } }, primaryKey: ["id"] });
}
export function downgrade(op: Operations): void {
  op.dropTable("products");
}
`,
    // Where translations are kept.
    "node_modules/.keep": "",
  },
  migrate: ["upgrade", "head"],
  current: ["current"],
  prints: /3f1b5a7c9d2e/,
};

const typeorm: App = {
  name: "typeorm",
  command: program("typeorm/cli.js"),
  home: "dist",
  files: {
    "package.json": '{ "type": "module" }',
    "data-source.js": `import { DataSource } from "typeorm";
import { Products1700000000000 } from "./products.js";
export default new DataSource({ type: "postgres", url: process.env.DATABASE_URL, migrations: [Products1700000000000] });
`,
    "products.js": `export class Products1700000000000 {
  name = "Products1700000000000";
  up = (runner) => runner.query("${PRODUCTS}");
  down = (runner) => runner.query("drop table products");
}
`,
  },
  migrate: ["migration:run", "-d", "data-source.js"],
  current: ["migration:show", "-d", "data-source.js"],
  prints: /\[X\].*Products1700000000000/,
};

const mikroOrm: App = {
  name: "mikro-orm",
  command: program("@mikro-orm/cli/cli.js"),
  node: "22",
  home: "peers/dist",
  files: {
    // It runs where it is a dependency, and there is no TypeScript for it to look after.
    "package.json": JSON.stringify({
      type: "module",
      dependencies: { "@mikro-orm/cli": "*" },
      "mikro-orm": { preferTs: false },
    }),
    "mikro-orm.config.js": `import { Migrator } from "@mikro-orm/migrations";
import { defineConfig, defineEntity, p } from "@mikro-orm/postgresql";
const Product = defineEntity({ name: "Product", tableName: "products", properties: { id: p.integer().primary(), name: p.text() } });
export default defineConfig({
  clientUrl: process.env.DATABASE_URL,
  entities: [Product],
  extensions: [Migrator],
  migrations: { path: "migrations", snapshot: false },
});
`,
    "migrations/Migration20260101000000.js": `import { Migration } from "@mikro-orm/migrations";
export class Migration20260101000000 extends Migration {
  up() {
    this.addSql("${PRODUCTS}");
  }
}
`,
  },
  migrate: ["migration:up"],
  current: ["migration:list"],
  prints: /Migration20260101000000/,
};

/** It has no command that only asks: its `migrate`, which finds nothing to do, is what comes closest. */
const drizzleKit: App = {
  name: "drizzle-kit",
  command: program("drizzle-kit/bin.cjs"),
  home: "peers/dist",
  files: {
    "package.json": '{ "type": "module" }',
    "drizzle.config.js": `export default {
  dialect: "postgresql",
  schema: "./schema.js",
  out: "./drizzle",
  dbCredentials: { url: process.env.DATABASE_URL },
};
`,
    "schema.js": `import { integer, pgTable, text } from "drizzle-orm/pg-core";
export const products = pgTable("products", { id: integer("id").primaryKey(), name: text("name").notNull() });
`,
    "drizzle/0000_products.sql": `${PRODUCTS};\n`,
    "drizzle/meta/_journal.json": JSON.stringify({
      version: "7",
      dialect: "postgresql",
      entries: [{ idx: 0, version: "7", when: 1767225600000, tag: "0000_products", breakpoints: true }],
    }),
  },
  migrate: ["migrate"],
  current: ["migrate"],
  prints: /applied/,
};

/** Its engine for migrations is a program that it would download from elsewhere, so that help is all there is. */
const prisma: App = { name: "prisma", command: program("prisma/build/index.js"), home: "peers/dist", files: {} };

/** Everybody's, but Alembic's, which is in Python: see `commands.ts`. */
export const APPS: readonly App[] = [ours, typeorm, mikroOrm, drizzleKit, prisma];

export const alembic = (python: string | undefined): App => ({
  name: "alembic",
  command: python === undefined ? undefined : [python, "-m", "alembic"],
  home: "dist",
  files: {
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": `import os

from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`,
    "migrations/versions/3f1b5a7c9d2e_products.py": `from alembic import op

revision = "3f1b5a7c9d2e"
down_revision = None


def upgrade():
    op.execute("${PRODUCTS}")


def downgrade():
    op.execute("drop table products")
`,
  },
  migrate: ["upgrade", "head"],
  current: ["current"],
  prints: /3f1b5a7c9d2e/,
});
