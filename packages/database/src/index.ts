/**
 * Models, queries, sessions and their pool, repositories, settings.
 *
 * @module @hypertroq/database
 */
export {
  type Config,
  type DevelopmentServer,
  type DevelopmentServerStatus,
  defineConfig,
} from "./config/define-config.ts";
export { loadEnvironment } from "./config/environment.ts";
export type { Connection } from "./connection/connection.ts";
export type { CopyBytes } from "./connection/copy-bytes.ts";
export type { Credentials, CredentialsFunction, CredentialsRequest } from "./connection/credentials.ts";
export * from "./connection/options.ts";
export {
  advisePool,
  type CallerObservations,
  type PoolAdvice,
  type PoolFinding,
  type PoolObservations,
  type ServerLimits,
} from "./connection/pool/advisor.ts";
export type { CloseReason, PoolCounters } from "./connection/pool/counters.ts";
export type { PoolHooks } from "./connection/pool/hooks.ts";
export type { Lease } from "./connection/pool/lease.ts";
export type { PoolLimits, ResetOnReturn } from "./connection/pool/options.ts";
export type { Pool } from "./connection/pool/pool.ts";
export { type Bounds, Multirange, Range } from "./connection/range.ts";
export * as errors from "./errors.ts";
export { isRetryable, type PoolStatus } from "./errors.ts";
export type { ChannelEvent } from "./listening/channel.ts";
export type { Logger } from "./logger.ts";
export { array } from "./model/array-type.ts";
export type { Column, ColumnDefault, ColumnSpec } from "./model/column.ts";
export {
  type CheckDefinition,
  type ConstraintDefinition,
  check,
  type ExclusionDefinition,
  type ExclusionKey,
  type ExclusionOptions,
  exclude,
  type ForeignKeyDefinition,
  foreignKey,
  type ReferenceAction,
  type ReferenceOptions,
  type UniqueDefinition,
  type UniqueOptions,
  unique,
} from "./model/constraints.ts";
export { type CustomType, customType } from "./model/custom-type.ts";
export { type EnumDefinition, type PgEnum, pgEnum } from "./model/enum.ts";
export type { Hooks } from "./model/hooks.ts";
export { type IndexDefinition, type IndexKey, type IndexOptions, index } from "./model/index-definition.ts";
export { BaseModel, SoftDeleteMixin, SoftDeleteModel, TimestampMixin, UUIDMixin } from "./model/mixins.ts";
export { type Extended, type Mixin, type MixinTraits, Model, type ModelClass, mixin } from "./model/model.ts";
export { type PartitionDefinition, partitionBy } from "./model/partition.ts";
export { type PolicyDefinition, type PolicyOptions, policy, type RowSecurity } from "./model/policy.ts";
export * from "./model/ranges.ts";
export { belongsTo, hasMany, hasOne, manyToMany, type RelationOptions } from "./model/relations.ts";
export { type FunctionOptions, type ProcedureOptions, pgFunction, pgProcedure, type Routine } from "./model/routine.ts";
export { defineSchema, type Schema, type SchemaOptions } from "./model/schema.ts";
export type { ExtensionDefinition, ManagedKind, SchemaObject } from "./model/schema-objects.ts";
export { pgSequence, type Sequence, type SequenceOptions } from "./model/sequence.ts";
export { sessionSetting } from "./model/session-setting.ts";
export { type TriggerDefinition, type TriggerEvent, type TriggerOptions, trigger } from "./model/trigger.ts";
export * from "./model/types.ts";
export { type DefinedView, MaterializedView, View, type ViewClass, type ViewParameters } from "./model/view.ts";
export { type Aggregate, arrayAgg, avg, count, max, min, stringAgg, sum } from "./query/aggregates.ts";
export { type Case, caseWhen } from "./query/case.ts";
export type { LockOptions, LockStrength } from "./query/clauses.ts";
export { type Delete, del } from "./query/delete.ts";
export type { Condition, Expression, Ordering, OrderOptions } from "./query/expression.ts";
export {
  coalesce,
  dateTrunc,
  duration,
  exists,
  extract,
  literal,
  lower,
  now,
  nullIf,
  scalar,
  searchQuery,
  searchRank,
  searchVector,
  upper,
} from "./query/functions.ts";
export { type Insert, insert, insertFrom } from "./query/insert.ts";
export { and, not, or } from "./query/logic.ts";
export type { ConflictTarget } from "./query/on-conflict.ts";
export type { Executor, Query, Statement, Want } from "./query/query.ts";
export type { Includes, LoadedOf, Relation, ToMany, ToOne } from "./query/relation.ts";
export type {
  AnyColumn,
  Columns,
  ColumnsOf,
  Dict,
  Inserted,
  InsertOf,
  Key,
  Refs,
  Selected,
  SelectOf,
  Updated,
} from "./query/row-types.ts";
export { type Select, select } from "./query/select.ts";
export type { SelectedOf, Selection } from "./query/selection.ts";
export {
  alias,
  type ColumnRef,
  type Cte,
  cte,
  type DerivedColumns,
  type From,
  type Nullable,
  type Optional,
  optional,
} from "./query/source.ts";
export { type Sql, sql } from "./query/sql.ts";
export type { Assignable, Mapped, Writable } from "./query/table.ts";
export { type Update, update } from "./query/update.ts";
export type { Fragment } from "./query/writer.ts";
export type { ReplicaState, ReplicaStatus } from "./replicas/replica.ts";
export type { Comparisons, Filter, ManyFilter, Operators, TextComparisons } from "./repository/filter-types.ts";
export type {
  DeletedOptions,
  FindOneOptions,
  FindOptions,
  GetOptions,
  Loaded,
  PurgeOptions,
  VersionOptions,
  WriteOptions,
} from "./repository/options.ts";
export type { Page, PageRequest } from "./repository/page.ts";
export { Repository, repository } from "./repository/repository.ts";
export type { Direction, OrderBy } from "./repository/sort.ts";
export type { UpsertOptions } from "./repository/upsert.ts";
export type { CommitOutcome } from "./session/commit-outcome.ts";
export type { CopyOutOptions } from "./session/copy-statement.ts";
export { DatabaseManager, type ListenOptions, type PingOptions } from "./session/manager.ts";
export type { ObservedRoundTrip, ObservedStatement, ObservedTransaction, Observer } from "./session/observers.ts";
export type { RetryOptions } from "./session/retry.ts";
export { closeDatabase, getDb, getManager, initDatabase, runInScope, runWithSession } from "./session/scope.ts";
export { Session, type SessionOptions } from "./session/session.ts";
export type { SlowQuery } from "./session/slow-queries.ts";
export type { StreamOptions } from "./session/stream.ts";
export type { Isolation, TransactionOptions } from "./session/transaction.ts";
export { DATABASE_SETTINGS, type DatabaseSettings, type Environment, readSettings } from "./settings.ts";
export { redactUrl, type SslMode } from "./url.ts";
