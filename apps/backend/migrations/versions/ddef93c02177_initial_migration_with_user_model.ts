import type { Operations } from "@hypertroq/database/migrations";

export const revision = "ddef93c02177";
export const downRevision = null;
export const branchLabels = null;
export const dependsOn = null;
export const message = "Initial migration with User model";
export const createdAt = "2025-10-27T09:00:00Z";

export function upgrade(op: Operations): void {
  op.createTable("users", {
    columns: {
      id: { type: "uuid" },
      email: { type: "varchar(255)" },
      hashed_password: { type: "varchar(255)" },
      full_name: { type: "varchar(255)", nullable: true },
      is_active: { type: "boolean", default: "true" },
      is_superuser: { type: "boolean", default: "false" },
      created_at: { type: "timestamptz", default: "now()" },
      updated_at: { type: "timestamptz", default: "now()" },
    },
    primaryKey: ["id"],
  });
  op.createIndex("ix_users_email", "users", ["email"], { unique: true });
  op.createIndex("ix_users_id", "users", ["id"]);
}

export function downgrade(op: Operations): void {
  op.dropIndex("ix_users_id");
  op.dropIndex("ix_users_email");
  op.dropTable("users");
}
