import { randomBytes } from "node:crypto";
import { DefinitionError, StatementFailed } from "../errors.ts";
import { digest, Maintenance, withDatabase } from "./maintenance.ts";

/** Options of {@link cloneDatabase}. */
export interface CloneOptions {
  /**
   * A database of the server whose user may create databases. It is not changed, only connected to and locked on: the same
   * one for all workers, past a connection pooler.
   */
  readonly url: string;
  /** Tells one template from another: a hash of what `prepare` makes it from. With another key another template is made. */
  readonly key: string;
  /**
   * Makes the template: is given the URL of an empty database, and closes what it opens there. Called once for a key,
   * whatever number of workers ask for it at the same time.
   */
  prepare(url: string): Promise<void>;
  /** What the names of templates and clones begin with. Default hypertroq_test. */
  readonly name?: string | undefined;
}

/** A database of one's own, made by `cloneDatabase`. */
export interface ClonedDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** Drops it, whoever is connected. Again, it does nothing. The process does not exit by itself before. */
  drop(): Promise<void>;
}

/** The longest is a template that is being made. */
const LONGEST_NAME = 63 - "_template_0123456789abcdef_new".length;

/**
 * A database for one worker, or one test file: a copy of a template that `prepare` makes when there is none with this key
 * yet (PostgreSQL, "Template Databases").
 *
 * Each call first drops what killed runs have left behind: databases with this `name` whose worker has gone. When a
 * template is made, those of other keys that nobody uses are dropped.
 *
 * ```ts
 * const database = await cloneDatabase({ url, key, prepare: migrate });
 * const manager = new DatabaseManager({ url: database.url });
 * ```
 *
 * @throws what `prepare` throws; nothing of the template is left then. @throws {DefinitionError} when `prepare` has left a
 *   connection open, or the name will not do. @throws {ConnectionFailed} {StatementFailed} when the user may not create
 *   databases (42501).
 */
export async function cloneDatabase(options: CloneOptions): Promise<ClonedDatabase> {
  const { url, key, name: prefix = "hypertroq_test" } = options;
  if (!/^[a-z_][a-z\d_]*$/.test(prefix) || prefix.length > LONGEST_NAME) {
    throw new DefinitionError(
      `The name of cloned databases begins with small letters, digits and _, ${LONGEST_NAME} at the most.`,
    );
  }
  const template = `${prefix}_template_${digest(key)}`;
  const name = `${prefix}_clone_${randomBytes(6).toString("hex")}`;
  const maintenance = await Maintenance.connect(url);
  try {
    await maintenance.lock(prefix);
    await dropClones(maintenance, prefix);
    if (!(await maintenance.databases(template)).includes(template)) {
      await makeTemplate(maintenance, template, options);
      await dropTemplates(maintenance, prefix, template);
    }
    await maintenance.lock(template, "shared");
    await maintenance.unlock(prefix);
    await maintenance.lock(name);
    await maintenance.create(name, template);
  } catch (error) {
    await maintenance.close();
    throw error;
  }
  let dropping: Promise<void> | undefined;
  const drop = (): Promise<void> => {
    dropping ??= maintenance.drop(name).finally(() => maintenance.close());
    return dropping;
  };
  return { name, url: withDatabase(url, name), drop, [Symbol.asyncDispose]: drop };
}

/** Under another name until it is finished: one that has its name is whole. */
async function makeTemplate(maintenance: Maintenance, template: string, { url, prepare }: CloneOptions): Promise<void> {
  const unfinished = `${template}_new`;
  await maintenance.drop(unfinished);
  await maintenance.create(unfinished, "template0");
  try {
    await prepare(withDatabase(url, unfinished));
    await maintenance.seal(unfinished, template);
  } catch (error) {
    await maintenance.drop(unfinished);
    if (!(error instanceof StatementFailed && error.sqlState === "55006")) throw error;
    throw new DefinitionError(
      "prepare() has left a connection to the template open, which therefore cannot be cloned. Close what it opens.",
      { cause: error },
    );
  }
}

/** Those whose worker is gone. */
async function dropClones(maintenance: Maintenance, prefix: string): Promise<void> {
  for (const name of await maintenance.databases(`${prefix}_clone_`)) {
    if (!/_clone_[\da-f]{12}$/.test(name)) continue;
    await maintenance.ifFree(name, () => maintenance.drop(name));
  }
}

/** Those of other keys that no worker clones, and those that were never finished. */
async function dropTemplates(maintenance: Maintenance, prefix: string, current: string): Promise<void> {
  for (const name of await maintenance.databases(`${prefix}_template_`)) {
    if (name === current || !/_template_[\da-f]{16}(?:_new)?$/.test(name)) continue;
    await maintenance.ifFree(name, () => maintenance.drop(name));
  }
}
