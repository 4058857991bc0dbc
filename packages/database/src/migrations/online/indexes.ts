import { type Call, call } from "../compare/call.ts";
import { bareOf, type Name, partsOf, renamed, showName, suffixed } from "../operations/identifier.ts";
import type { Around, Piece } from "./online.ts";

type Of<Method extends Call["method"]> = Call & { readonly method: Method };

/** Ends the name of an index as long as the one that it replaces is there. */
const NEW = "__new";

/** Concurrently; what it replaces is dropped when it is there, and then gives it its name. */
export function createIndex(made: Of<"createIndex">, { tables, replaced }: Around): readonly Piece[] | undefined {
  const [name, on, keys, options = {}] = made.arguments;
  if (tables.filled(on) === undefined) return undefined;
  if (tables.isPartitioned(on)) return [{ call: made, remarks: [partitionsRemark(on)] }];
  const concurrent = { ...options, concurrently: true };
  if (replaced?.method !== "dropIndex") return [{ call: call("createIndex", name, on, keys, concurrent) }];
  const [old, { was } = {}] = replaced.arguments;
  const temporary = [suffixed(partsOf(name).at(-1)!, NEW)];
  return [
    { call: call("createIndex", bareOf(temporary), on, keys, concurrent) },
    { call: call("dropIndex", old, { concurrently: true, ...(was === undefined ? {} : { was }) }) },
    { call: call("renameIndex", renamed(old, temporary), bareOf(name)) },
  ];
}

export function dropIndex(made: Of<"dropIndex">, { tables }: Around): readonly Piece[] | undefined {
  const [name, options = {}] = made.arguments;
  const table = options.was?.table;
  if (table === undefined || tables.filled(table) === undefined || tables.isPartitioned(table)) return undefined;
  if (options.cascade === true) return undefined;
  return [{ call: call("dropIndex", name, { concurrently: true, ...options }) }];
}

/** Its index is built concurrently, and then becomes the constraint's own. */
export function createKey(
  made: Of<"createPrimaryKey" | "createUniqueConstraint">,
  { tables, replaced }: Around,
): readonly Piece[] | undefined {
  const [name, on, columns, options = {}] = made.arguments;
  if (tables.filled(on) === undefined) return undefined;
  if (tables.isPartitioned(on)) return [{ call: made, remarks: [partitionsRemark(on)] }];
  const { deferrable: _, ...rest } = options;
  const isSameName = replaced?.method === "dropConstraint" && replaced.arguments[0] === name;
  const index = isSameName ? suffixed(name, NEW) : name;
  return [
    { call: call("createIndex", bareOf([index]), on, columns, { unique: true, ...rest, concurrently: true }) },
    ...(replaced === undefined ? [] : [{ call: replaced }]),
    { call: call(made.method, name, on, columns, { ...options, usingIndex: index }) },
  ];
}

function partitionsRemark(table: Name): string {
  return (
    `Keeps writers out of all partitions of ${showName(table)} while it builds their indexes, which PostgreSQL does not do ` +
    `concurrently. On large ones create it with only: true, concurrently on each partition, and op.attachIndex those.`
  );
}
