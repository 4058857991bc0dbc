import type { ConnectOptions } from "../../connection/connect.ts";
import type { Schema } from "../../model/schema.ts";
import type { Call } from "../compare/call.ts";
import type { CompareHooks } from "../diff/hooks.ts";
import type { LiveSource } from "../diff/sources.ts";
import { AutogenerateUnsupported, DatabaseNewerThanCode, DatabaseNotAtHead, RenamesUndecided } from "../errors.ts";
import { Migrator } from "../runner/migrator.ts";
import { createRevision, type NewRevision, type NewRevisionOptions } from "../script/new-revision.ts";
import { versionsDirectories } from "../script/script-directory.ts";
import { makeDirectory } from "../script/write-files.ts";
import { bodyOf } from "./body.ts";
import { changesOf, type ModelDifferences, type RenameAnswers } from "./compare-models.ts";
import { OBSTACLE } from "./remarks.ts";

/** What a revision that is about to be written does: calls of operations, as data. */
export interface RevisionDirectives {
  readonly message: string | undefined;
  readonly upgrade: readonly Call[];
  readonly downgrade: readonly Call[];
}

/** Options of {@link autogenerate}. */
export interface AutogenerateOptions extends Omit<NewRevisionOptions, "sql" | "body">, CompareHooks, RenameAnswers {
  /** The database that the models are compared with: a direct connection. */
  readonly connect: ConnectOptions;
  readonly schema: Schema;
  /** A server on which scratch databases are made and dropped; default that of the database, whose role needs to be allowed to. */
  readonly scratch?: LiveSource | undefined;
  /**
   * Has the last word on what is written: returns what shall be written instead, null for no revision at all, or nothing to
   * leave it as it is. What it changes has not been proven.
   */
  readonly processRevisionDirectives?:
    | ((directives: RevisionDirectives) => RevisionDirectives | null | undefined)
    | undefined;
  /** Aborting it ends it with {@link ComparisonInterrupted}; nothing is written, and the scratch databases are dropped. */
  readonly signal?: AbortSignal;
}

/** What was found, and the revision that ends it. */
export interface Generated extends ModelDifferences {
  /** Undefined: there was nothing to do, and nothing was written. */
  readonly revision: NewRevision | undefined;
  /** Why its upgrade fails as the rows are now, a sentence each; the file has them as comments. */
  readonly obstacles: readonly string[];
}

/**
 * Writes a revision that makes of the database what the models describe, and whose downgrade makes of that what the database
 * is now (Alembic's `revision --autogenerate`). Tables that hold rows are changed in the safe form, step by step. Both ways
 * have been run in a scratch database. Where there is nothing to do nothing is written. Renames are not guessed: what may be
 * one has to be answered.
 *
 * @throws {DatabaseNotAtHead} @throws {DatabaseNewerThanCode} @throws {ScratchUnavailable} @throws {ModelsNotCreatable}
 * @throws {RenamesUndecided} @throws {RenameInvalid} @throws {AutogenerateUnsupported} @throws {ComparisonInterrupted} and
 *   what {@link createRevision} throws.
 */
export async function autogenerate(options: AutogenerateOptions): Promise<Generated> {
  const { connect, schema, signal, processRevisionDirectives, ...rest } = options;
  const { renames, notRenamed, scratch, includeObject, compareType, compareServerDefault, ...revision } = rest;
  const { directory, versions, message } = revision;
  for (const location of versionsDirectories(directory, versions)) await makeDirectory(location);
  const migrator = new Migrator({ connect, directory, ...(versions === undefined ? {} : { versions }) });
  const { atHead, current, heads, unknown } = await migrator.status();
  if (unknown.length > 0) throw new DatabaseNewerThanCode(unknown, heads);
  if (!atHead) throw new DatabaseNotAtHead(current, heads);
  const hooks = { includeObject, compareType, compareServerDefault };
  const changes = await changesOf({ connect, schema, scratch, renames, notRenamed, ...hooks, signal });
  const { up, down, isStepwise, remarks, unsupported, detected, leftAlone, renameCandidates } = changes;
  if (renameCandidates.length > 0) throw new RenamesUndecided(renameCandidates);
  if (unsupported.length > 0) throw new AutogenerateUnsupported(unsupported);
  const found: RevisionDirectives = { message, upgrade: up, downgrade: down };
  const given = up.length === 0 ? null : processRevisionDirectives?.(found);
  if (given === null) return { revision: undefined, detected, leftAlone, obstacles: [] };
  const { upgrade, downgrade, message: last } = given ?? found;
  const remarksUp = remarksFor(upgrade, up, remarks.up);
  const obstacles = remarksUp.flat().filter((remark) => remark.startsWith(OBSTACLE));
  const body = {
    upgrade: bodyOf(upgrade, remarksUp),
    downgrade: bodyOf(downgrade, remarksFor(downgrade, down, remarks.down)),
    ...(isStepwise ? { transaction: false as const } : {}),
  };
  const named = last === undefined ? revision : { ...revision, message: last };
  // Somebody else may have written one meanwhile.
  const check = (now: readonly string[]): void => {
    if ([...now].sort().join() !== [...heads].sort().join()) throw new DatabaseNotAtHead(current, now);
  };
  return { revision: await createRevision({ ...named, body }, check), detected, leftAlone, obstacles };
}

/** The remarks on those calls that are still there. */
function remarksFor(
  calls: readonly Call[],
  before: readonly Call[],
  remarks: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  return calls.map((call) => remarks[before.indexOf(call)] ?? []);
}
