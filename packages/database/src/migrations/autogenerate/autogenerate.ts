import type { ConnectOptions } from "../../connection/connect.ts";
import type { Schema } from "../../model/schema.ts";
import { AutogenerateUnsupported, DatabaseNewerThanCode, DatabaseNotAtHead } from "../errors.ts";
import { Migrator } from "../runner/migrator.ts";
import { createRevision, type NewRevision, type NewRevisionOptions } from "../script/new-revision.ts";
import { versionsDirectories } from "../script/script-directory.ts";
import { makeDirectory } from "../script/write-files.ts";
import { bodyOf } from "./body.ts";
import { changesOf, type ModelDifferences } from "./compare-models.ts";

export interface AutogenerateOptions extends Omit<NewRevisionOptions, "sql" | "body"> {
  /** The database that the models are compared with: a direct connection whose role may create databases. */
  readonly connect: ConnectOptions;
  readonly schema: Schema;
  /** Aborting it ends it with {@link ComparisonInterrupted}; nothing is written, and the scratch databases are dropped. */
  readonly signal?: AbortSignal;
}

/** A revision, and the differences that it ends; without any it is empty. */
export interface GeneratedRevision extends NewRevision, ModelDifferences {}

/**
 * Writes a revision that makes of the database what the models describe, and whose downgrade makes of that what the database
 * is now (Alembic's `revision --autogenerate`). Both have been run in a scratch database. Renames are not guessed: a column
 * that goes and one of the same type that comes get a comment.
 *
 * @throws {DatabaseNotAtHead} @throws {DatabaseNewerThanCode} @throws {ScratchUnavailable} @throws {ModelsNotCreatable}
 * @throws {AutogenerateUnsupported} @throws {ComparisonInterrupted} and what {@link createRevision} throws.
 */
export async function autogenerate(options: AutogenerateOptions): Promise<GeneratedRevision> {
  const { connect, schema, signal, ...revision } = options;
  const { directory, versions } = revision;
  for (const location of versionsDirectories(directory, versions)) await makeDirectory(location);
  const migrator = new Migrator({ connect, directory, ...(versions === undefined ? {} : { versions }) });
  const { atHead, current, heads, unknown } = await migrator.status();
  if (unknown.length > 0) throw new DatabaseNewerThanCode(unknown, heads);
  if (!atHead) throw new DatabaseNotAtHead(current, heads);
  const { up, down, remarks, unsupported, detected, leftAlone } = await changesOf({ connect, schema, signal });
  if (unsupported.length > 0) throw new AutogenerateUnsupported(unsupported);
  const body = { upgrade: bodyOf(up, remarks), downgrade: bodyOf(down) };
  return { ...(await createRevision({ ...revision, body })), detected, leftAlone };
}
