import { DefinitionError } from "../errors.ts";
import { checkName, quote } from "../identifier.ts";
import { FRAGMENT, type Fragment, isFragment, type Writer } from "../query/writer.ts";
import { definitionSql } from "./definition-sql.ts";

/** SQL, or what makes it once all models exist. */
export type LateSql = Fragment | (() => Fragment);

/** What a procedure is besides its name, arguments and source (PostgreSQL, "CREATE PROCEDURE"). */
export interface ProcedureTraits {
  /** Default: plpgsql, and sql with a `sqlBody`. */
  readonly language?: string | undefined;
  /** With the rights of its owner, not of its caller. Default: false. */
  readonly securityDefiner?: boolean | undefined;
  /** Settings while it runs: `{ search_path: "pg_catalog" }`. */
  readonly set?: Readonly<Record<string, string>> | undefined;
}

/** What a function is besides its name, arguments and source (PostgreSQL, "CREATE FUNCTION"). */
export interface FunctionTraits extends ProcedureTraits {
  /** In SQL: `trigger`, `setof users`, `table (id uuid)`. May be left out where there are out arguments. */
  readonly returns?: string | undefined;
  /** Default: volatile. */
  readonly volatility?: "immutable" | "stable" | "volatile" | undefined;
  /** NULL comes of NULL, without a call. Default: false. */
  readonly strict?: boolean | undefined;
  readonly leakproof?: boolean | undefined;
  /** Default: unsafe. */
  readonly parallel?: "unsafe" | "restricted" | "safe" | undefined;
  /** What the planner reckons with. */
  readonly cost?: number | undefined;
  readonly rows?: number | undefined;
}

/** One of the two. */
export interface RoutineSource<Sql> {
  /** As it stands between the quotes of CREATE FUNCTION: `begin new.n := 1; return new; end`. */
  readonly body?: Sql | undefined;
  /** In place of a body, SQL that is read when the routine is created: `return a + b`, `begin atomic … end`. */
  readonly sqlBody?: Sql | undefined;
}

interface Naming extends RoutineSource<LateSql> {
  /** Undefined: the one that the search path finds first. */
  readonly schema?: string | undefined;
  /** In SQL: `"a integer, b integer default 1"`. Default: none. */
  readonly arguments?: string | undefined;
  readonly comment?: string | undefined;
}

/** Options of {@link pgProcedure}. */
export interface ProcedureOptions extends ProcedureTraits, Naming {}

/** Options of {@link pgFunction}. */
export interface FunctionOptions extends FunctionTraits, Naming {}

/** A function or a procedure as data: expressions are SQL; what is absent is as CREATE FUNCTION has it by default. */
export interface RoutineDefinition extends FunctionTraits, RoutineSource<string> {
  readonly kind: "function" | "procedure";
  readonly name: string;
  readonly schema: string | undefined;
  /** In SQL; empty without any. */
  readonly arguments: string;
  readonly comment?: string | undefined;
}

/**
 * A function or a procedure of the database. In SQL it stands for its name: `` sql`${slugify}(${Post.c.title})` ``.
 */
export class Routine implements Fragment {
  readonly kind: "function" | "procedure";
  readonly name: string;
  readonly options: FunctionOptions;

  constructor(kind: "function" | "procedure", name: string, options: FunctionOptions) {
    this.kind = kind;
    this.name = checkName(name);
    this.options = options;
    if (options.schema !== undefined) checkName(options.schema);
    if ((options.body === undefined) === (options.sqlBody === undefined)) {
      throw new DefinitionError(`The ${kind} ${name} needs a body or a sqlBody, and one of them.`);
    }
  }

  get [FRAGMENT](): true {
    return true;
  }

  write(writer: Writer): void {
    writer.impure();
    const { schema } = this.options;
    writer.text(schema === undefined ? quote(this.name) : `${quote(schema)}.${quote(this.name)}`);
  }
}

/**
 * A function (PostgreSQL, "CREATE FUNCTION"), for `defineSchema`:
 *
 * ```ts
 * const touch = pgFunction("touch", {
 *   returns: "trigger",
 *   body: sql`begin new.updated_at := now(); return new; end`,
 * });
 * ```
 *
 * @throws {DefinitionError} when it has no body, or two.
 */
export function pgFunction(name: string, options: FunctionOptions): Routine {
  return new Routine("function", name, options);
}

/** A procedure (PostgreSQL, "CREATE PROCEDURE"), for `defineSchema`. @throws {DefinitionError} like `pgFunction`. */
export function pgProcedure(name: string, options: ProcedureOptions): Routine {
  return new Routine("procedure", name, options);
}

/** The routine as data. @throws {DefinitionError} when its body is no SQL. */
export function describeRoutine({ kind, name, options }: Routine): RoutineDefinition {
  const { schema, arguments: given = "", body, sqlBody, ...others } = options;
  const text = (source: LateSql | undefined): string | undefined => {
    if (source === undefined) return undefined;
    const fragment = typeof source === "function" ? source() : source;
    if (isFragment(fragment)) return definitionSql(fragment);
    throw new DefinitionError(`The body of the ${kind} ${name} is no SQL. Write it as sql\`…\`.`);
  };
  return { kind, name, schema, arguments: given.trim(), body: text(body), sqlBody: text(sqlBody), ...others };
}
