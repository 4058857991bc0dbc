import type { Operations } from "@hypertroq/database/migrations";

export const revision = "8bee17530588";
export const downRevision = null;
export const branchLabels = null;
export const dependsOn = null;
export const message = "create exercises";
export const createdAt = "2026-11-26T12:00:00Z";

export function upgrade(op: Operations): void {
  op.createTable("exercises", {
    columns: {
      id: { type: "uuid" },
      created_at: { type: "timestamptz", default: "now()" },
      updated_at: { type: "timestamptz", default: "now()" },
      name: { type: "varchar(100)" },
      muscle: { type: "varchar(50)" },
    },
    primaryKey: ["id"],
    uniques: { uq_exercises_name: ["name"] },
  });
  op.createIndex("ix_exercises_muscle", "exercises", ["muscle"]);
}

export function downgrade(op: Operations): void {
  op.dropTable("exercises");
}
