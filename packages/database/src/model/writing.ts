import type { Executor } from "../query/query.ts";
import { runHooks } from "./hooks.ts";
import { changeInstance, changesOf, deleteInstance, insertInstance, refreshInstance } from "./persistence.ts";

/** Stores a new instance, which takes on what the database made of it (defaults). Returns it. */
export async function addInstance<Row extends object>(instance: Row, db: Executor): Promise<Row> {
  const before = runHooks("beforeInsert", instance, db);
  if (before !== undefined) await before;
  await db.one(insertInstance(instance));
  await runHooks("afterInsert", instance, db);
  return instance;
}

/**
 * Writes what was changed in a stored instance; without changes nothing is sent. Returns it.
 *
 * @throws {NotFound} when the row is gone. @throws {StaleRow} when the model has a version, and the row another one.
 */
export async function saveInstance<Row extends object>(instance: Row, db: Executor): Promise<Row> {
  if (changesOf(instance) === undefined) return instance;
  const before = runHooks("beforeUpdate", instance, db);
  if (before !== undefined) await before;
  const changes = changesOf(instance);
  if (changes === undefined) return instance; // a hook took them back
  await db.one(changeInstance(instance, changes));
  await runHooks("afterUpdate", instance, db);
  return instance;
}

/** Writes these values, expressions too, and what else was changed. @throws like `saveInstance`. */
export async function setInstance(
  instance: object,
  values: Readonly<Record<string, unknown>>,
  db: Executor,
): Promise<void> {
  const before = runHooks("beforeUpdate", instance, db);
  if (before !== undefined) await before;
  await db.one(changeInstance(instance, { ...changesOf(instance), ...values }));
  await runHooks("afterUpdate", instance, db);
}

/** Deletes a stored instance for good. @throws like `saveInstance`. */
export async function removeInstance(instance: object, db: Executor): Promise<void> {
  const before = runHooks("beforeDelete", instance, db);
  if (before !== undefined) await before;
  await db.one(deleteInstance(instance));
  await runHooks("afterDelete", instance, db);
}

/** Reads a stored instance anew, soft deleted or not; what was changed in it is lost. @throws {NotFound} when it is gone. */
export async function rereadInstance<Row extends object>(instance: Row, db: Executor): Promise<Row> {
  return await db.one(refreshInstance(instance));
}
