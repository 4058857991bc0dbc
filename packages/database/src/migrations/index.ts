/**
 * Revisions of a database's schema that go up and back: `@hypertroq/database/migrations`.
 *
 * @module
 */
export {
  AmbiguousRevision,
  DatabaseNewerThanCode,
  DuplicateLabel,
  DuplicateRevision,
  InvalidBranchLabel,
  InvalidRange,
  InvalidRevisionId,
  MigrationFailed,
  MigrationInterrupted,
  MigrationsDirectoryMissing,
  MissingParent,
  MultipleHeads,
  NoSuchBranch,
  NotAncestor,
  NotDowngradeTarget,
  NotInBranch,
  NotUpgradeTarget,
  OverlappingRevisions,
  RelativeOutOfRange,
  RevisionCycle,
  RevisionFileInvalid,
  RevisionNotWritten,
  UnknownRevision,
  VersionRowsChanged,
} from "./errors.ts";
export type {
  ColumnChanges,
  ColumnDefinition,
  ForeignKeyOptions,
  IndexOptions,
  Operations,
  ReferentialAction,
  TableDefinition,
} from "./operations/operations.ts";
export type { MigrationEvent, Move } from "./runner/events.ts";
export type { LockHolder } from "./runner/lock.ts";
export {
  type MigrationStatus,
  Migrator,
  type MigratorOptions,
  type RunOptions,
  type StampOptions,
} from "./runner/migrator.ts";
export type { VersionReader } from "./runner/version-table.ts";
export { createRevision, type NewRevision, type NewRevisionOptions } from "./script/new-revision.ts";
export type { Revision } from "./script/revision.ts";
export {
  type Direction,
  type DowngradeOptions,
  type GraphNode,
  type Plan,
  type RangeOptions,
  RevisionGraph,
  type Step,
  type Targets,
} from "./script/revision-graph.ts";
export { ScriptDirectory } from "./script/script-directory.ts";
