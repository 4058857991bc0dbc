import type { Catalog } from "../catalog/catalog.ts";
import { around, type Call } from "../compare/call.ts";
import { addColumn, alterColumn, replaceEnum } from "./columns.ts";
import { createConstraint } from "./constraints.ts";
import type { RowFacts } from "./facts.ts";
import { createIndex, createKey, dropIndex } from "./indexes.ts";
import { attachPartition, detachPartition } from "./partitions.ts";
import { Postponed } from "./postponed.ts";
import { Tables } from "./tables.ts";

/** What is known before the calls. */
export interface OnlineFacts extends RowFacts {
  /** That with which the calls begin. */
  readonly catalog: Catalog;
}

/** Calls that come to the same, and make those wait as little as possible who use the tables meanwhile. */
export interface OnlinePlan {
  readonly calls: readonly Call[];
  /** For each call lines for people: what it costs all the same. */
  readonly remarks: readonly (readonly string[])[];
  /** Whether each call has to be a transaction of its own: `transaction = false`. */
  readonly isStepwise: boolean;
  /** The tables that hold rows afterwards, which renames may have given other names. */
  readonly filled: ReadonlySet<string>;
}

/** What stands for a call. */
export interface Piece {
  readonly call: Call;
  readonly remarks?: readonly string[];
}

/**
 * The safe form of changes where tables hold rows. No lock that keeps readers or writers out is held while a table is read
 * or an index built (PostgreSQL, "Explicit Locking", and what ALTER TABLE and CREATE INDEX say of locks); the catalog
 * afterwards is the same. Tables without rows, new ones and those that will be dropped are changed plainly. What has no
 * safe form stays as it is, with a remark.
 *
 * @param calls those of `compare`, and renames, in the order in which they run.
 */
export function online(calls: readonly Call[], facts: OnlineFacts): OnlinePlan {
  const tables = new Tables(facts, calls);
  const postponed = new Postponed(calls);
  const pieces: Piece[] = [];
  let isStepwise = false;
  for (const [index, call] of calls.entries()) {
    if (postponed.take(index, tables)) continue;
    const form = formOf(call, { calls, facts, tables, replaced: postponed.before(index) }) ?? [{ call }];
    const made = form.map((piece) => ({ ...piece, call: around(piece.call, call.around === true) }));
    pieces.push(...made, ...postponed.after(index).map((late) => ({ call: late })));
    isStepwise ||= made.length > 1 || form[0]!.call !== call || isScan(call, tables);
    tables.follow(call);
  }
  return {
    calls: pieces.map(({ call }) => call),
    remarks: pieces.map(({ remarks = [] }) => remarks),
    isStepwise,
    filled: tables.names,
  };
}

/** What a form depends on besides the call. */
export interface Around {
  readonly calls: readonly Call[];
  readonly facts: OnlineFacts;
  readonly tables: Tables;
  /** What this call is in place of: the index or the key of before, which is dropped not earlier than that. */
  readonly replaced: Call | undefined;
}

/** Undefined: the call is safe as it is. */
function formOf(call: Call, given: Around): readonly Piece[] | undefined {
  switch (call.method) {
    case "createIndex":
      return createIndex(call, given);
    case "dropIndex":
      return dropIndex(call, given);
    case "createPrimaryKey":
    case "createUniqueConstraint":
      return createKey(call, given);
    case "createCheckConstraint":
    case "createForeignKey":
    case "createExclusionConstraint":
      return createConstraint(call, given);
    case "addColumn":
      return addColumn(call, given);
    case "alterColumn":
      return alterColumn(call, given);
    case "attachPartition":
      return attachPartition(call, given);
    case "detachPartition":
      return detachPartition(call, given);
    case "replaceEnum":
      return replaceEnum(call, given);
    default:
      return undefined;
  }
}

/** It reads the table under a weak lock, with which no strong one of the same transaction may be held. */
function isScan(call: Call, tables: Tables): boolean {
  return call.method === "validateConstraint" && tables.filled(call.arguments[1]) !== undefined;
}
