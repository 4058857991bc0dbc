import { type Call, isSame } from "../compare/call.ts";
import { type Name, partsOf, schemaOf } from "../operations/identifier.ts";
import type { TableDefinition } from "../operations/table-clause.ts";
import { pathOf, pathText } from "./rename.ts";

/** Something that goes, and what comes that may be the same with another name. */
export interface RenameCandidate {
  readonly kind: "table" | "column" | "enum" | "sequence";
  /** `users.name`. */
  readonly from: string;
  /** What it may be called now, of which one at most is right: `users.full_name`. */
  readonly to: readonly string[];
}

/**
 * What of the calls may be a rename, because what goes and what comes are the same but for the name: a column of the same
 * table and type, a table or sequence or enum that is defined the same.
 *
 * @param notRenamed what is known to be none.
 */
export function renameCandidates(
  calls: readonly Call[],
  notRenamed: readonly string[],
  defaultSchema: string,
): readonly RenameCandidate[] {
  const text = (name: Name): string => pathText(partsOf(name));
  const whole = (path: string): string => {
    const parts = pathOf(path) ?? [path];
    return pathText(parts[0] === defaultSchema ? parts.slice(1) : parts);
  };
  const denied = new Set(notRenamed.map(whole));
  const made = new Map(Object.values(KINDS).map((kind) => [kind.made, thingsMade(calls, kind.made, text)] as const));
  return calls.flatMap((gone): RenameCandidate[] => {
    const kind = KINDS[gone.method];
    if (kind === undefined) return [];
    const lost = thingOf(gone, text);
    if (lost === undefined || denied.has(lost.path)) return [];
    const like = made.get(kind.made)?.filter(({ within, is }) => within === lost.within && isSame(is, lost.is)) ?? [];
    const to = like.map(({ path }) => path);
    return to.length === 0 ? [] : [{ kind: kind.kind, from: lost.path, to }];
  });
}

const KINDS: Readonly<
  Partial<Record<Call["method"], { readonly kind: RenameCandidate["kind"]; readonly made: Call["method"] }>>
> = {
  dropTable: { kind: "table", made: "createTable" },
  dropColumn: { kind: "column", made: "addColumn" },
  dropEnum: { kind: "enum", made: "createEnum" },
  dropSequence: { kind: "sequence", made: "createSequence" },
};

function thingsMade(calls: readonly Call[], method: Call["method"], text: (name: Name) => string): readonly Thing[] {
  return calls.flatMap((call) => (call.method === method ? (thingOf(call, text) ?? []) : []));
}

interface Thing {
  readonly path: string;
  /** It stays there. */
  readonly within: string;
  /** What makes two the same. */
  readonly is: unknown;
}

function thingOf(call: Call, text: (name: Name) => string): Thing | undefined {
  switch (call.method) {
    case "createTable":
      return tableOf(call.arguments[0], call.arguments[1], text);
    case "dropTable": {
      const was = call.arguments[1]?.was;
      return was && tableOf(call.arguments[0], was, text);
    }
    case "addColumn":
      return columnOf(call.arguments[0], call.arguments[1], call.arguments[2], text);
    case "dropColumn": {
      const was = call.arguments[2]?.was;
      return was && columnOf(call.arguments[0], call.arguments[1], was, text);
    }
    case "createEnum":
      return { path: text(call.arguments[0]), within: "", is: call.arguments[1] };
    case "dropEnum":
      return { path: text(call.arguments[0]), within: "", is: call.arguments[1]?.was };
    case "createSequence":
      return sequenceOf(call.arguments[0], call.arguments[1], text);
    case "dropSequence":
      return sequenceOf(call.arguments[0], call.arguments[1]?.was, text);
    default:
      return undefined;
  }
}

/** One that belongs to a column follows it. */
function sequenceOf(
  name: Name,
  { ownedBy, ...is }: { readonly ownedBy?: Name | null | undefined } = {},
  text: (name: Name) => string,
): Thing | undefined {
  if (ownedBy !== undefined && ownedBy !== null) return undefined;
  return { path: text(name), within: schemaOf(name) ?? "", is };
}

function columnOf(
  table: Name,
  column: string,
  { type, generated }: { readonly type: string; readonly generated?: string | undefined },
  text: (name: Name) => string,
): Thing | undefined {
  if (generated !== undefined) return undefined; // nothing is lost that is not computed again
  return { path: `${text(table)}.${pathText([column])}`, within: text(table), is: type };
}

/** By the names and types of its columns; a partition by its bound. One without either has nothing to know it by. */
function tableOf(
  name: Name,
  { columns = {}, partitionOf }: TableDefinition,
  text: (name: Name) => string,
): Thing | undefined {
  const shape = Object.entries(columns).map(([column, { type }]) => [column, type]);
  if (shape.length === 0 && partitionOf === undefined) return undefined;
  return { path: text(name), within: "", is: { shape: shape.sort(), partitionOf } };
}
