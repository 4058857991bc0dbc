/** A child of the benchmarks that compares MikroORM's entities of as many tables with the database; see `comparer.ts`. */
import { defineEntity, MikroORM, p } from "@mikro-orm/postgresql";
import { answer } from "../../dist/check/child.js";
import { parentOf, tableName } from "../../dist/check/tables.js";

const entities: ReturnType<typeof entity>[] = [];

function entity(table: number) {
  const name = tableName(table);
  const parent = tableName(parentOf(table));
  return defineEntity({
    name,
    tableName: name,
    properties: {
      id: p.uuid().primary(),
      createdAt: p.datetime().name("created_at").columnType("timestamptz").defaultRaw("now()"),
      updatedAt: p.datetime().name("updated_at").columnType("timestamptz").defaultRaw("now()"),
      name: p.string().length(255).unique(`ix_${name}_name`),
      note: p.text().nullable(),
      quantity: p.integer().default(0),
      price: p.decimal().precision(12).scale(2),
      isActive: p.boolean().name("is_active").default(true),
      parent: () =>
        p
          .manyToOne(entities[parentOf(table)]! as never)
          .name("parent_id")
          .foreignKeyName(`fk_${name}_parent_id_${parent}`)
          .index(`ix_${name}_parent_id`)
          .updateRule("no action")
          .deleteRule("no action"),
    },
  });
}

const tables = Number(process.env["BENCHMARK_TABLES"]);
for (let table = 0; table < tables; table++) entities.push(entity(table));
const orm = await MikroORM.init({ clientUrl: process.env["BENCHMARK_URL"]!, entities, pool: { max: 1 } });
await answer(async () => {
  const sql = await orm.schema.getUpdateSchemaSQL({ wrap: false });
  return sql.split("\n").filter((line) => line.trim() !== "").length;
});
await orm.close();
