import { DefinitionError, NotFound } from "../errors.ts";
import { addInstance } from "../model/writing.ts";
import { type Deleted, seenRows } from "../query/clauses.ts";
import { Delete } from "../query/delete.ts";
import type { Condition, Expression } from "../query/expression.ts";
import { duration, now } from "../query/functions.ts";
import { insert } from "../query/insert.ts";
import type { Executor } from "../query/query.ts";
import type { Includes } from "../query/relation.ts";
import type { Inserted, Key, Updated } from "../query/row-types.ts";
import { type Select, selectFrom } from "../query/select.ts";
import { baseSource } from "../query/source.ts";
import { type Assignable, type Mapped, type Table, type TableColumn, tableOf, type Writable } from "../query/table.ts";
import { Update } from "../query/update.ts";
import { DatabaseManager } from "../session/manager.ts";
import { filterConditions } from "./filter.ts";
import type { Filter } from "./filter-types.ts";
import { keyConditions } from "./key.ts";
import { changeOne, type OneRow, removeOne } from "./one-row.ts";
import {
  checkOptions,
  type DeletedOptions,
  type FindOneOptions,
  type FindOptions,
  type GetOptions,
  type Loaded,
  type NoIncludes,
  type PurgeOptions,
  type SoftDeletes,
  type VersionOptions,
  type WriteOptions,
} from "./options.ts";
import { loadPage, type Page, type PageRequest } from "./page.ts";
import { orderings, sortKeys } from "./sort.ts";
import { type UpsertOptions, upsertQuery } from "./upsert.ts";

type Values = Readonly<Record<string, unknown>>;

/**
 * The usual ways to read and write the rows of one model. Each method is one statement, and one more for each relation that
 * is included; hooks of the model need the row that they get, which is read first. Soft-deleted rows are never seen unless
 * `withDeleted` says so.
 *
 * Methods that take a key are about one row, and say undefined or false when it is not there. Those that take a filter
 * (`…Many`) are about all rows that match, and return how many; what changes rows refuses an empty filter: it takes `"all"`.
 *
 * For methods of one's own:
 *
 * ```ts
 * class Users extends Repository<User, typeof User> {
 *   constructor() {
 *     super(User);
 *   }
 *   byEmail(db: Executor, email: string) {
 *     return this.findOne(db, { email });
 *   }
 * }
 * ```
 *
 * `M` is the model's class, whose relations filters can name; without it they know columns alone.
 *
 * All methods throw `DefinitionError`, before anything is sent, on names, operators and options that do not exist, and on
 * values that their column does not take.
 */
export class Repository<Row extends object, M = unknown> {
  readonly model: Writable<Row>;

  constructor(model: Writable<Row> & M) {
    this.model = model;
  }

  /** The row with this primary key, if it is there. */
  async get<I extends Includes = NoIncludes>(
    db: Executor,
    key: Key<Row>,
    options: GetOptions<I> = {},
  ): Promise<Loaded<Row, I> | undefined> {
    checkOptions("get", options, ["include", "withDeleted"]);
    return (await db.first(this.#select(keyConditions(this.#table, key), options))) as Loaded<Row, I> | undefined;
  }

  /** The row with this primary key. @throws {NotFound} */
  async getOrThrow<I extends Includes = NoIncludes>(
    db: Executor,
    key: Key<Row>,
    options: GetOptions<I> = {},
  ): Promise<Loaded<Row, I>> {
    const row = await this.get(db, key, options);
    if (row === undefined) throw new NotFound(`There is no such ${this.model.name}.`);
    return row;
  }

  /** All rows that match; `{}` is all. */
  async find<I extends Includes = NoIncludes>(
    db: Executor,
    where: Filter<Row, M>,
    options: FindOptions<Row, I> = {},
  ): Promise<Loaded<Row, I>[]> {
    checkOptions("find", options, ["orderBy", "limit", "include", "withDeleted"]);
    const { limit } = options;
    const query = this.#matching(where, options);
    return (await db.all(limit === undefined ? query : query.limit(limit))) as Loaded<Row, I>[];
  }

  /** The first row that matches, if any does. */
  async findOne<I extends Includes = NoIncludes>(
    db: Executor,
    where: Filter<Row, M>,
    options: FindOneOptions<Row, I> = {},
  ): Promise<Loaded<Row, I> | undefined> {
    checkOptions("findOne", options, ["orderBy", "include", "withDeleted"]);
    return (await db.first(this.#matching(where, options))) as Loaded<Row, I> | undefined;
  }

  /**
   * One page of a list by keyset: rows after the last one seen, or before the first, by the values of the sort keys. So rows
   * that are inserted or deleted meanwhile neither shift nor repeat others, and with an index in this order page 1,000
   * costs what page 1 costs. A row whose sort keys are changed meanwhile moves, and may be met twice or not at all.
   *
   * @throws {InvalidCursor} when `after` or `before` was not handed out for this model and order.
   * @throws {DefinitionError} when `limit` is no whole number from 1 to 10,000, and when the model has no primary key.
   */
  async page<I extends Includes = NoIncludes>(
    db: Executor,
    request: PageRequest<Row, M, I>,
  ): Promise<Page<Loaded<Row, I>>> {
    return (await loadPage<Row>(this.#table, request as PageRequest<Row>, db)) as Page<Loaded<Row, I>>;
  }

  /** How many rows match. */
  async count(db: Executor, where: Filter<Row, M>, options: DeletedOptions = {}): Promise<number> {
    checkOptions("count", options, ["withDeleted"]);
    return await db.one(this.#matching(where, options).count());
  }

  /** Whether any row matches. */
  async exists(db: Executor, where: Filter<Row, M>, options: DeletedOptions = {}): Promise<boolean> {
    checkOptions("exists", options, ["withDeleted"]);
    return await db.one(this.#matching(where, options).exists());
  }

  /** Inserts one row. Runs the model's hooks. */
  async create(db: Executor, values: Assignable<Inserted<Row>>): Promise<Row> {
    const Model = this.model as unknown as new (values: object) => Row;
    return await addInstance(new Model(values), db);
  }

  /**
   * Inserts all of these, in one statement however many they are; returns the rows as the database stored them. (See
   * `Insert` for rows that hold expressions, or leave a column to its default that others give.)
   */
  async createMany(db: Executor, rows: readonly Assignable<Inserted<Row>>[]): Promise<Row[]> {
    return rows.length === 0 ? [] : await db.all(insert(this.model, rows));
  }

  /**
   * Writes values into one row, and returns it as it then is; undefined when it is not there. Runs the model's hooks.
   *
   * @throws {StaleRow} when `version` is given, and the row has another one or is gone.
   */
  async update(
    db: Executor,
    key: Key<Row>,
    values: Assignable<Updated<Row>>,
    options: WriteOptions = {},
  ): Promise<Row | undefined> {
    return await changeOne<Row>(this.#one("update", key, options), values as Values, db);
  }

  /** Writes values into all rows that match; returns how many. */
  async updateMany(
    db: Executor,
    where: Filter<Row, M> | "all",
    values: Assignable<Updated<Row>>,
    options: DeletedOptions = {},
  ): Promise<number> {
    return await this.#updateMany("updateMany", db, where, values as Values, options);
  }

  /**
   * Inserts a row, or updates the one that is there: that has the same values in the columns `on`. Returns it. Of a list all
   * rows, in one statement (see `createMany`), or none: on a manager a list of a model with soft delete has a transaction for
   * it. In a session that goes on after the error, the others stay stored.
   *
   * @throws {DefinitionError} when rows of a list give different columns, and `set` does not say what to write.
   * @throws {NotFound} when the row that is there is soft deleted, which by a unique constraint of living rows alone it
   *   cannot be: nothing brings it back but `restore`.
   */
  async upsert(db: Executor, values: readonly Assignable<Inserted<Row>>[], options: UpsertOptions<Row>): Promise<Row[]>;
  async upsert(db: Executor, values: Assignable<Inserted<Row>>, options: UpsertOptions<Row>): Promise<Row>;
  async upsert(db: Executor, values: unknown, options: UpsertOptions<Row>): Promise<Row | Row[]> {
    const isList = Array.isArray(values);
    const rows = (isList ? values : [values]) as readonly Values[];
    if (rows.length === 0) return [];
    const query = upsertQuery<Row>(this.#table, rows, options);
    const store = async (runner: Executor): Promise<Row[]> => {
      const stored = await runner.all(query);
      if (stored.length === rows.length) return stored;
      throw new NotFound(`A ${this.model.name} that is soft deleted has the same key. Restore it, or use another key.`);
    };
    const canFallShort = rows.length > 1 && seenRows(baseSource(this.#table), "without") !== undefined;
    const stored = canFallShort && db instanceof DatabaseManager ? await db.session(store) : await store(db);
    return isList ? stored : stored[0]!;
  }

  /** Deletes one row for good; whether it was there. Runs the model's hooks. @throws {StaleRow} see `update`. */
  async delete(db: Executor, key: Key<Row>, options: WriteOptions = {}): Promise<boolean> {
    return await removeOne(this.#one("delete", key, options), db);
  }

  /** Deletes all rows that match, for good; returns how many. */
  async deleteMany(db: Executor, where: Filter<Row, M> | "all", options: DeletedOptions = {}): Promise<number> {
    checkOptions("deleteMany", options, ["withDeleted"]);
    const { withDeleted = false } = options;
    const deleted = withDeleted ? "with" : "without";
    return await db.execute(new Delete(this.#table, { where: this.#conditions(where, withDeleted), deleted }));
  }

  /**
   * Marks one row as deleted; whether it was there and living. Runs the model's hooks. Only for models with soft delete.
   *
   * @throws {StaleRow} see `update`.
   */
  async softDelete(
    this: Repository<Row & SoftDeletes, M>,
    db: Executor,
    key: Key<Row>,
    options: VersionOptions = {},
  ): Promise<boolean> {
    const { isDeleted, deletedAt } = softDeleteOf(this.model);
    const one = this.#one("softDelete", key, options, "without");
    return (await changeOne(one, { [isDeleted.property]: true, [deletedAt.property]: now() }, db)) !== undefined;
  }

  /** Marks all rows that match as deleted; returns how many. Only for models with soft delete. */
  async softDeleteMany(
    this: Repository<Row & SoftDeletes, M>,
    db: Executor,
    where: Filter<Row, M> | "all",
  ): Promise<number> {
    const { isDeleted, deletedAt } = softDeleteOf(this.model);
    const values = { [isDeleted.property]: true, [deletedAt.property]: now() };
    return await this.#updateMany("softDeleteMany", db, where, values);
  }

  /**
   * Takes the soft delete of one row back; whether it was there and deleted. Runs the model's hooks. Only for models with
   * soft delete.
   *
   * @throws {StaleRow} see `update`. @throws {UniqueViolation} when a living row has its unique values by now.
   */
  async restore(
    this: Repository<Row & SoftDeletes, M>,
    db: Executor,
    key: Key<Row>,
    options: VersionOptions = {},
  ): Promise<boolean> {
    const { isDeleted, deletedAt } = softDeleteOf(this.model);
    const one = this.#one("restore", key, options, "only");
    return (await changeOne(one, { [isDeleted.property]: false, [deletedAt.property]: null }, db)) !== undefined;
  }

  /** Takes the soft deletes of all rows that match back; returns how many. Only for models with soft delete. */
  async restoreMany(
    this: Repository<Row & SoftDeletes, M>,
    db: Executor,
    where: Filter<Row, M> | "all",
  ): Promise<number> {
    const { isDeleted, deletedAt } = softDeleteOf(this.model);
    const values = { [isDeleted.property]: false, [deletedAt.property]: null };
    return await this.#updateMany("restoreMany", db, where, values, {}, "only");
  }

  /**
   * Deletes for good all rows that were soft deleted before a moment; returns how many. Only for models with soft delete.
   */
  async purge(this: Repository<Row & SoftDeletes, M>, db: Executor, options: PurgeOptions): Promise<number> {
    checkOptions("purge", options, ["olderThan"]);
    const { olderThan } = options;
    const { deletedAt } = softDeleteOf(this.model);
    if (typeof olderThan !== "string" && !(olderThan instanceof Date)) {
      throw new DefinitionError('purge() needs to know from when on: { olderThan: "30 days" }, or a Date.');
    }
    const moment = baseSource(this.#table).c[deletedAt.property] as Expression<unknown> as Expression<Date>;
    const limit = typeof olderThan === "string" ? now().minus(duration(olderThan)) : olderThan;
    return await db.execute(new Delete(this.#table, { where: [moment.lt(limit)], deleted: "only" }));
  }

  get #table(): Table<Row> {
    return tableOf(this.model);
  }

  #select(where: readonly Condition[], { include, withDeleted }: GetOptions<Includes>): Select<Row> {
    const query = selectFrom(this.#table).where(...where);
    const seen = withDeleted ? query.withDeleted() : query;
    return include === undefined ? seen : (seen.include(include) as Select<Row>);
  }

  #matching(where: unknown, options: FindOneOptions<Row, Includes>): Select<Row> {
    const { orderBy, withDeleted } = options;
    const query = this.#select(filterConditions(this.#table, where, withDeleted), options);
    if (orderBy === undefined) return query;
    return query.orderBy(...orderings(sortKeys(this.#table, orderBy), baseSource(this.#table)));
  }

  /** The conditions of what changes rows. */
  #conditions(where: unknown, withDeleted = false): readonly Condition[] {
    if (where === "all") return [];
    const conditions = filterConditions(this.#table, where, withDeleted);
    if (conditions.length > 0) return conditions;
    throw new DefinitionError(`An empty filter matches every ${this.model.name}. Say "all" if that is what is meant.`);
  }

  async #updateMany(
    method: string,
    db: Executor,
    where: unknown,
    values: Values,
    options: DeletedOptions = {},
    only?: Deleted,
  ): Promise<number> {
    checkOptions(method, options, ["withDeleted"]);
    const { withDeleted = false } = options;
    const deleted = only ?? (withDeleted ? "with" : "without");
    return await db.execute(new Update(this.#table, { values, where: this.#conditions(where, withDeleted), deleted }));
  }

  #one(method: string, key: unknown, options: WriteOptions, only?: Deleted): OneRow {
    checkOptions(method, options, only === undefined ? ["version", "withDeleted"] : ["version"]);
    const table = this.#table;
    const { version, withDeleted = false } = options;
    const where = keyConditions(table, key);
    const deleted = only ?? (withDeleted ? "with" : "without");
    if (version === undefined) return { table, where, deleted, isVersioned: false };
    if (table.version === undefined) {
      throw new DefinitionError(`${this.model.name} has no version column. Give one of its columns version().`);
    }
    const isVersion = baseSource(table).c[table.version.property]!.eq(version as never);
    return { table, where: [...where, isVersion], deleted, isVersioned: true };
  }
}

/** The columns that say that a row is deleted, and since when. @throws {DefinitionError} when the model has none. */
function softDeleteOf(model: Mapped<unknown>): { readonly isDeleted: TableColumn; readonly deletedAt: TableColumn } {
  const { isDeleted, byProperty } = tableOf(model);
  const deletedAt = byProperty.get("deletedAt");
  if (isDeleted !== undefined && deletedAt !== undefined) return { isDeleted, deletedAt };
  throw new DefinitionError(`${model.name} keeps no deleted rows. Add SoftDeleteMixin to it, or delete them for good.`);
}

/** `const users = repository(User)`; its filters know the relations of the model. */
export function repository<Row extends object, M>(model: Writable<Row> & M): Repository<Row, M> {
  return new Repository<Row, M>(model);
}
