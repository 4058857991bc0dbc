import { defineSchema, Model, type Schema, View } from "@hypertroq/database";
import { record } from "@hypertroq/database/migrations";
import { createSchema } from "../../packages/database/src/migrations/autogenerate/model-operations.ts";
import type { TestDatabase } from "../database.ts";

export type Objects = Parameters<typeof defineSchema>[0];

/** Leaves nothing of what the guide before has made. */
const EMPTY = `
  do $$
  declare name text;
  begin
    for name in select nspname from pg_namespace where nspname !~ '^(pg_|information_schema$)' loop
      execute format('drop schema %I cascade', name);
    end loop;
  end $$;
  create schema public`;

/** The database of a guide, whose tables are those of models. */
export class GuideDatabase {
  readonly #database: TestDatabase;
  readonly #objects: Record<string, object> = {};

  constructor(database: TestDatabase) {
    this.#database = database;
  }

  /** Makes it empty, but for the tables of these models. */
  async begin(models: Objects): Promise<void> {
    await this.#make(defineSchema(models));
  }

  /** A guide that exports models has their tables, and no others, made anew whenever there are more. */
  async add(exports: Readonly<Record<string, unknown>>): Promise<void> {
    const given = Object.values(exports);
    const schema = given.find((one): one is Schema => typeof one === "object" && one !== null && "manages" in one);
    const classes = given.filter(
      (one) => typeof one === "function" && (one.prototype instanceof Model || one.prototype instanceof View),
    ) as readonly (typeof Model)[];
    if (schema === undefined && classes.length === 0) return;
    for (const one of classes) this.#objects[one.name] = one;
    await this.#make(schema ?? defineSchema(this.#objects as Objects));
  }

  async #make(schema: Schema): Promise<void> {
    const steps = record(createSchema(schema));
    const sql = steps.map((step) => (step.kind === "sql" ? step.statement.text : ""));
    await this.#database.query([EMPTY, ...sql].join(";\n"));
  }
}
