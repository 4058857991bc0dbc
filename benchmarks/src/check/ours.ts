/** A child of the benchmarks that compares the models of as many tables with the database; see `comparer.ts`. */
import {
  BaseModel,
  boolean,
  connectOptions,
  defineSchema,
  integer,
  type ModelClass,
  numeric,
  text,
  uuid,
  varchar,
} from "@hypertroq/database";
import { compareModels } from "@hypertroq/database/migrations";
import { answer } from "./child.ts";
import { parentOf, tableName } from "./tables.ts";

const url = process.env["BENCHMARK_URL"]!;
const models: (ModelClass & { readonly c: typeof BaseModel.c })[] = [];
for (let table = 0; table < Number(process.env["BENCHMARK_TABLES"]); table++) {
  models.push(
    class extends BaseModel.define({
      name: varchar(255).index({ unique: true }),
      note: text().nullable(),
      quantity: integer().default(0),
      price: numeric(12, 2),
      isActive: boolean().default(true),
      parentId: uuid()
        .references(() => models[parentOf(table)]!.c.id)
        .index(),
    }) {
      static override readonly table = tableName(table);
    },
  );
}
const schema = defineSchema(Object.fromEntries(models.map((model, table) => [`Model${table}`, model])));
const connect = connectOptions({ url });

await answer(async () => (await compareModels({ connect, schema })).detected.length);
