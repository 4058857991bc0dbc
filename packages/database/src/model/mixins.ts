import type { Executor } from "../query/query.ts";
import { sql } from "../query/sql.ts";
import { Column } from "./column.ts";
import { Model, mixin } from "./model.ts";
import { timestamptz, uuid } from "./types.ts";
import { uuidv7 } from "./uuid.ts";
import { setInstance } from "./writing.ts";

/** `id uuid primary key`, made by the client as a version 7 UUID; the table has no default for it. */
export const UUIDMixin = mixin({ id: uuid().primaryKey().default(uuidv7) });

/** `created_at` and `updated_at`, both `timestamptz not null default now()`; every UPDATE of the layer renews the latter. */
export const TimestampMixin = mixin({
  createdAt: timestamptz().default(sql`now()`),
  updatedAt: timestamptz().default(sql`now()`).onUpdate(sql`now()`),
});

/**
 * `is_deleted boolean not null default false` (indexed) and `deleted_at timestamptz null`, which a check keeps from telling
 * different things. Queries leave deleted rows out unless they say `withDeleted()` or `onlyDeleted()`. `db.delete` still
 * deletes for good.
 */
export const SoftDeleteMixin = mixin(
  {
    isDeleted: new Column<boolean>({ type: "boolean", marksDeleted: true }).default(false).index(),
    deletedAt: timestamptz().nullable().check("soft_delete", sql`is_deleted = (deleted_at is not null)`),
  },
  {
    /** Marks the row as deleted, and this instance with it. */
    async softDelete(db: Executor): Promise<void> {
      await setInstance(this, { isDeleted: true, deletedAt: sql`now()` }, db);
    },
    /** Takes a soft delete back. */
    async restore(db: Executor): Promise<void> {
      await setInstance(this, { isDeleted: false, deletedAt: null }, db);
    },
  },
);

/** `id`, `created_at`, `updated_at`: what most models start from. */
export abstract class BaseModel extends Model.with(UUIDMixin, TimestampMixin) {}

/** `BaseModel` with soft delete. */
export abstract class SoftDeleteModel extends BaseModel.with(SoftDeleteMixin) {}
