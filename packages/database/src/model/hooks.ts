import type { Executor } from "../query/query.ts";

/**
 * What happens around the writing of instances: `db.add`, `db.save`, `db.delete`, and what a repository does to one row.
 * Statements for many rows (`insert`, `update`, `del`, a repository's `upsert` and `…Many`) make no instances first, and run
 * none of them.
 *
 * A hook that throws ends the operation; what `before…` changes in the instance is written.
 */
export interface Hooks<Instance> {
  /** Before its INSERT. */
  beforeInsert?(instance: Instance, db: Executor): void | Promise<void>;
  /** When it has been inserted, and has what the database has added. */
  afterInsert?(instance: Instance, db: Executor): void | Promise<void>;
  /** Only when something was changed; restoring and deleting softly are updates, too. */
  beforeUpdate?(instance: Instance, db: Executor): void | Promise<void>;
  /** When it has been updated. */
  afterUpdate?(instance: Instance, db: Executor): void | Promise<void>;
  /** Before its DELETE. */
  beforeDelete?(instance: Instance, db: Executor): void | Promise<void>;
  /** When it has been deleted. */
  afterDelete?(instance: Instance, db: Executor): void | Promise<void>;
}

export type HookName = keyof Hooks<object>;

const hooks = new WeakMap<object, readonly Hooks<object>[]>();

/**
 * Runs the hooks of the instance's class: those of its bases and mixins first, in the order they were added.
 *
 * @returns undefined when there are none, so that what comes next is given to the session at once, in its place among what
 *   is given beside it.
 */
export function runHooks(name: HookName, instance: object, db: Executor): Promise<void> | undefined {
  const found = hooksOf(instance.constructor).filter((each) => each[name] !== undefined);
  return found.length === 0 ? undefined : runAll(found, name, instance, db);
}

async function runAll(found: readonly Hooks<object>[], name: HookName, instance: object, db: Executor): Promise<void> {
  for (const each of found) await each[name]?.(instance, db);
}

/** Whether the model's class, a base or a mixin of it has any of these. */
export function hasHooks(model: object, ...names: readonly HookName[]): boolean {
  return hooksOf(model).some((each) => names.some((name) => each[name] !== undefined));
}

function hooksOf(model: object): readonly Hooks<object>[] {
  let found = hooks.get(model);
  if (found === undefined) {
    const own = Object.hasOwn(model, "hooks") ? (model as { readonly hooks: Hooks<object> }).hooks : undefined;
    const base: unknown = Object.getPrototypeOf(model);
    found = [...(typeof base === "function" ? hooksOf(base) : []), ...(own === undefined ? [] : [own])];
    hooks.set(model, found);
  }
  return found;
}
