/** A child of the benchmarks that compares TypeORM's entities of as many tables with the database; see `comparer.ts`. */
import { DataSource, EntitySchema } from "typeorm";
import { answer } from "./child.ts";
import { parentOf, tableName } from "./tables.ts";

function entity(table: number): EntitySchema<object> {
  const name = tableName(table);
  const parent = tableName(parentOf(table));
  return new EntitySchema<object>({
    name,
    tableName: name,
    columns: {
      id: { type: "uuid", primary: true, primaryKeyConstraintName: `${name}_pkey` },
      createdAt: { name: "created_at", type: "timestamptz", default: () => "now()" },
      updatedAt: { name: "updated_at", type: "timestamptz", default: () => "now()" },
      name: { type: "varchar", length: 255 },
      note: { type: "text", nullable: true },
      quantity: { type: "integer", default: 0 },
      price: { type: "numeric", precision: 12, scale: 2 },
      isActive: { name: "is_active", type: "boolean", default: true },
      parentId: { name: "parent_id", type: "uuid" },
    },
    // Not a relation: TypeORM takes none that refers to its own table and must not be null.
    foreignKeys: [
      {
        name: `fk_${name}_parent_id_${parent}`,
        target: parent,
        columnNames: ["parentId"],
        referencedColumnNames: ["id"],
      },
    ],
    indices: [
      { name: `ix_${name}_name`, columns: ["name"], unique: true },
      { name: `ix_${name}_parent_id`, columns: ["parentId"] },
    ],
  });
}

const entities = Array.from({ length: Number(process.env["BENCHMARK_TABLES"]) }, (_, table) => entity(table));
const source = new DataSource({ type: "postgres", url: process.env["BENCHMARK_URL"]!, entities, poolSize: 1 });
await source.initialize();
await answer(async () => (await source.driver.createSchemaBuilder().log()).upQueries.length);
await source.destroy();
