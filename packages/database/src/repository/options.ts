import { DefinitionError } from "../errors.ts";
import type { Executor } from "../query/query.ts";
import type { Includes, LoadedOf } from "../query/relation.ts";
import { shown } from "./model-of.ts";
import type { OrderBy } from "./sort.ts";

/** No relations. */
export type NoIncludes = Readonly<Record<never, never>>;

/** A row with the relations that were loaded with it. */
export type Loaded<Row, I> = [keyof I] extends [never] ? Row : Row & { readonly [K in keyof I]: LoadedOf<I[K]> };

/** Rows of a model that keeps deleted ones. */
export interface SoftDeletes {
  softDelete(db: Executor): Promise<void>;
}

/** Whether soft-deleted rows count. */
export interface DeletedOptions {
  /** Soft-deleted rows too, those that the filter's relations lead to included. Default: false. */
  readonly withDeleted?: boolean | undefined;
}

/** Options of `get`. */
export interface GetOptions<I extends Includes = NoIncludes> extends DeletedOptions {
  /** Relations to load, by the names that they get on the row: one statement more for each, however many rows. */
  readonly include?: I | undefined;
}

/** Options of `findOne`. */
export interface FindOneOptions<Row, I extends Includes = NoIncludes> extends GetOptions<I> {
  /** Default: in no particular order. */
  readonly orderBy?: OrderBy<Row> | undefined;
}

/** Options of `find`. */
export interface FindOptions<Row, I extends Includes = NoIncludes> extends FindOneOptions<Row, I> {
  /** The most rows, 0 or more. Default: all. */
  readonly limit?: number | undefined;
}

/** Which version of a row is to be written. */
export interface VersionOptions {
  /** Only if the row has this version; otherwise `StaleRow`. For models with a version column. */
  readonly version?: number | bigint | undefined;
}

/** Options of what writes one row. */
export interface WriteOptions extends VersionOptions, DeletedOptions {}

/** Options of `purge`. */
export interface PurgeOptions {
  /** A moment, or how long ago, as PostgreSQL reads an interval: `"30 days"`. */
  readonly olderThan: Date | string;
}

/** @throws {DefinitionError} when there is an option that is none of these: what it was to say would not be done. */
export function checkOptions(method: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new DefinitionError(`${method}() has no option ${shown(unknown)}. It has ${known.join(", ")}.`);
}
