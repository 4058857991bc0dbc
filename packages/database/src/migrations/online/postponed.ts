import { type Call, keyOf } from "../compare/call.ts";
import type { ConstraintDefinition } from "../operations/constraint-clause.ts";
import { type Name, partsOf } from "../operations/identifier.ts";
import { isNotNull } from "./not-null.ts";
import type { Tables } from "./tables.ts";

/**
 * What `compare` drops early, and had better be there until what comes in its place is: an index or a key that is replaced,
 * and a check that proves a column to be NOT NULL.
 */
export class Postponed {
  readonly #calls: readonly Call[];
  /** By the index of the call that they wait for. */
  readonly #before = new Map<number, Call>();
  readonly #after = new Map<number, Call[]>();

  constructor(calls: readonly Call[]) {
    this.#calls = calls;
  }

  /** Whether a call waits for a later one. */
  take(index: number, tables: Tables): boolean {
    const call = this.#calls[index]!;
    const table = tableOf(call);
    if (call.around === true || table === undefined || tables.filled(table) === undefined) return false;
    const later = this.#calls.findIndex(
      (other, at) => at > index && (succeeds(call, other) || isProvenBy(call, other)),
    );
    if (later === -1) return false;
    const between = this.#calls.slice(index + 1, later);
    if (between.some((other) => standsInTheWay(other, table))) return false;
    if (succeeds(call, this.#calls[later]!)) this.#before.set(later, call);
    else this.#after.set(later, [...this.after(later), call]);
    return true;
  }

  before(index: number): Call | undefined {
    return this.#before.get(index);
  }

  after(index: number): readonly Call[] {
    return this.#after.get(index) ?? [];
  }
}

function tableOf(call: Call): Name | undefined {
  if (call.method === "dropIndex") return call.arguments[1]?.was?.table;
  return call.method === "dropConstraint" ? call.arguments[1] : undefined;
}

/** Whether a call makes what comes in place of what another drops: the same name, or the one primary key of a table. */
function succeeds(drop: Call, create: Call): boolean {
  if (drop.method === "dropIndex") {
    const [name, options] = drop.arguments;
    return (
      create.method === "createIndex" &&
      partsOf(create.arguments[0]).at(-1) === partsOf(name).at(-1) &&
      keyOf(create.arguments[1]) === keyOf(options!.was!.table)
    );
  }
  if (drop.method !== "dropConstraint") return false;
  const [name, table, options] = drop.arguments;
  const was: ConstraintDefinition | undefined = options?.was;
  if (create.method === "createPrimaryKey") {
    return was !== undefined && "primaryKey" in was && keyOf(create.arguments[1]) === keyOf(table);
  }
  if (create.method !== "createUniqueConstraint") return false;
  return (
    was !== undefined && "unique" in was && create.arguments[0] === name && keyOf(create.arguments[1]) === keyOf(table)
  );
}

function isProvenBy(drop: Call, alter: Call): boolean {
  if (drop.method !== "dropConstraint" || alter.method !== "alterColumn") return false;
  const [, table, options] = drop.arguments;
  const [altered, column, { nullable }] = alter.arguments;
  return nullable === false && keyOf(altered) === keyOf(table) && isNotNull(options?.was, column);
}

/** Whether a call needs that what is dropped before it is gone. */
function standsInTheWay(call: Call, table: Name): boolean {
  switch (call.method) {
    case "dropColumn":
    case "renameColumn":
    case "renameTable":
      return keyOf(call.arguments[0]) === keyOf(table);
    case "alterColumn": {
      const [altered, , { type, generated, nullable }] = call.arguments;
      return keyOf(altered) === keyOf(table) && (type !== undefined || generated !== undefined || nullable === true);
    }
    case "replaceEnum":
    case "setSchema":
      return true;
    default:
      return false;
  }
}
