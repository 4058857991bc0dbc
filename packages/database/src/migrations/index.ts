/**
 * Revisions of a database's schema that go up and back.
 *
 * @module @hypertroq/database/migrations
 */
export { AlembicFileInvalid, AlembicImportConflict, AlembicProjectInvalid } from "./alembic/errors.ts";
export {
  type AlembicImport,
  type ImportAlembicOptions,
  type ImportedRevision,
  importAlembic,
} from "./alembic/import-alembic.ts";
export {
  type AutogenerateOptions,
  autogenerate,
  type Generated,
  type RevisionDirectives,
} from "./autogenerate/autogenerate.ts";
export {
  type CompareModelsOptions,
  compareModels,
  type ModelDifferences,
  type RenameAnswers,
} from "./autogenerate/compare-models.ts";
export type { Call } from "./compare/call.ts";
export { type DiffOptions, type DiffPlan, diff } from "./diff/diff.ts";
export type { ComparedColumn, ComparedObject, CompareHooks } from "./diff/hooks.ts";
export type { RenameCandidate } from "./diff/rename-candidates.ts";
export type { DiffSource, LiveSource } from "./diff/sources.ts";
export type { DiffStep } from "./diff/steps.ts";
export {
  AmbiguousRevision,
  AutogenerateUnsupported,
  BranchesCollide,
  type Collision,
  ComparisonInterrupted,
  ConsentNeeded,
  DatabaseBeforeSquash,
  DatabaseNewerThanCode,
  DatabaseNotAtHead,
  DiffSqlFailed,
  DuplicateLabel,
  DuplicateRevision,
  ExpectedOneRevision,
  type FailedRevision,
  IndexInProgress,
  InvalidBranchLabel,
  InvalidRange,
  InvalidRevisionId,
  IrreversibleOperation,
  MigrationFailed,
  MigrationInterrupted,
  MigrationsDirectoryMissing,
  MissingParent,
  ModelsNotCreatable,
  MultipleHeads,
  NoSuchBranch,
  NotAHead,
  NotAncestor,
  NotDowngradeTarget,
  NothingToMerge,
  NotInBranch,
  NotUpgradeTarget,
  OfflineImpossible,
  OfflineRangeNeeded,
  OverlappingRevisions,
  PostWriteFailed,
  RelativeOutOfRange,
  RenameInvalid,
  RenamesUndecided,
  RevisionCycle,
  RevisionFileInvalid,
  RevisionNotWritten,
  RevisionsBusy,
  RevisionUnfinished,
  RoleUnavailable,
  ScratchUnavailable,
  ServerTooOld,
  SquashRefused,
  StepOutsideTransaction,
  SwallowedFailure,
  TemplateInvalid,
  UnfinishedRevisionEdited,
  UnknownRevision,
  VersionPathInvalid,
  VersionRowsChanged,
} from "./errors.ts";
export { mergeProven, type ProvenMerge, type ProvenMergeOptions } from "./history/merge.ts";
export type { DataChoice } from "./history/recorded-calls.ts";
export { type Squash, type SquashOptions, squash } from "./history/squash.ts";
export {
  type Verification,
  type VerifiedRevision,
  type VerifyOptions,
  type VerifyProblem,
  type VerifyProgress,
  verify,
} from "./history/verify.ts";
export type { BatchOptions, BatchRange, BatchWork, DataConnection } from "./operations/data.ts";
export { inline, literal } from "./operations/literal.ts";
export type * from "./operations/operations.ts";
export { record } from "./operations/record.ts";
export { reverseOf } from "./operations/reverse-of.ts";
export { type SplitStatement, splitStatements } from "./operations/split-statements.ts";
export type { DataStep, Loss, RecordedStep, Recovery, SqlStep, Statement } from "./operations/step.ts";
export type { ModelsFile } from "./pull/file-text.ts";
export { type PullOptions, type PullToFileOptions, pull, pullToFile } from "./pull/pull.ts";
export type { CountedLoss } from "./runner/consent.ts";
export type { Blocker, MigrationEvent, Move } from "./runner/events.ts";
export type { EditedRevision, Journal, MigrationStatus } from "./runner/journal.ts";
export type { LockHolder } from "./runner/lock.ts";
export type { LogEntry, Position } from "./runner/log-table.ts";
export {
  Migrator,
  type MigratorOptions,
  type RunOptions,
  type StampOptions,
  type UpgradeOptions,
} from "./runner/migrator.ts";
export { type OfflineOptions, offlineScript } from "./runner/offline.ts";
export type { MigrationPlan } from "./runner/plan.ts";
export type { VersionChange, VersionHook } from "./runner/version-hook.ts";
export type { VersionReader } from "./runner/version-table.ts";
export {
  createRevision,
  type MergeOptions,
  mergeRevisions,
  type NewRevision,
  type NewRevisionOptions,
  type RevisionWriter,
} from "./script/new-revision.ts";
export type { PostWriteCommand } from "./script/post-write.ts";
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
export type { RevisionBody } from "./script/template.ts";
