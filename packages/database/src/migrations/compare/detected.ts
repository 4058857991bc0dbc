import { type Name, partsOf, showName } from "../operations/identifier.ts";
import type { Call } from "./call.ts";

/** What the calls change, a line for each in Alembic's words: `Detected added table 'orders'`. */
export function detected(calls: readonly Call[]): readonly string[] {
  const told = calls.filter(({ around }) => around !== true);
  const facts = told.flatMap((call) => factsOf(call));
  const isBoth = (subject: string): boolean =>
    ["added", "removed"].every((verb) => facts.some((fact) => fact.verb === verb && fact.subject === subject));
  const lines = facts.map(({ verb, subject }) => `Detected ${isBoth(subject) ? "changed" : verb} ${subject}`);
  return [...new Set(lines)];
}

interface Fact {
  readonly verb: string;
  readonly subject: string;
}

function factsOf(call: Call): readonly Fact[] {
  const fact = (verb: string, subject: string): readonly Fact[] => [{ verb, subject }];
  const on = (kind: string, name: Name, table: Name): string => `${kind} '${last(name)}' on '${showName(table)}'`;
  switch (call.method) {
    case "createTable":
      return fact("added", `table '${showName(call.arguments[0])}'`);
    case "dropTable":
      return fact("removed", `table '${showName(call.arguments[0])}'`);
    case "addColumn":
      return fact("added", `column '${path(...call.arguments)}'`);
    case "dropColumn":
      return fact("removed", `column '${path(call.arguments[0], call.arguments[1])}'`);
    case "alterColumn":
      return columnFacts(call.arguments);
    case "createIndex":
      return fact("added", on("index", call.arguments[0], call.arguments[1]));
    case "dropIndex":
      return fact("removed", on("index", call.arguments[0], call.arguments[1]!.was!.table));
    case "createPrimaryKey":
      return fact("added", on("primary key", call.arguments[0], call.arguments[1]));
    case "createUniqueConstraint":
      return fact("added", on("unique constraint", call.arguments[0], call.arguments[1]));
    case "createCheckConstraint":
      return fact("added", on("check constraint", call.arguments[0], call.arguments[1]));
    case "createExclusionConstraint":
      return fact("added", on("exclusion constraint", call.arguments[0], call.arguments[1]));
    case "createForeignKey":
      return fact("added", on("foreign key", call.arguments[0], call.arguments[1]));
    case "dropConstraint": {
      const [kind] = Object.keys(call.arguments[2]!.was!);
      return fact("removed", on(KINDS[kind!]!, call.arguments[0], call.arguments[1]));
    }
    case "validateConstraint":
      return fact("unvalidated", `constraint '${call.arguments[0]}' on '${showName(call.arguments[1])}'`);
    case "createEnum":
      return fact("added", `enum '${showName(call.arguments[0])}'`);
    case "dropEnum":
      return fact("removed", `enum '${showName(call.arguments[0])}'`);
    case "addEnumValue":
      return fact("added", `value '${call.arguments[1]}' of enum '${showName(call.arguments[0])}'`);
    case "replaceEnum":
      return fact("changed", `values of enum '${showName(call.arguments[0])}'`);
    case "comment":
      return fact("changed", `comment on table '${showName(call.arguments[1] as Name)}'`);
    case "createSchema":
      return fact("added", `schema '${call.arguments[0]}'`);
    case "dropSchema":
      return fact("removed", `schema '${call.arguments[0]}'`);
    default:
      throw new Error(`unreachable: no comparison calls ${call.method}`);
  }
}

const KINDS: Readonly<Record<string, string>> = {
  primaryKey: "primary key",
  unique: "unique constraint",
  check: "check constraint",
  exclusion: "exclusion constraint",
  foreignKey: "foreign key",
};

function columnFacts([table, column, changes]: Extract<Call, { method: "alterColumn" }>["arguments"]): readonly Fact[] {
  const { type, default: fallback, nullable, identity, generated, comment, was } = changes;
  const subject = `column '${path(table, column)}'`;
  const found: Fact[] = [];
  if (type !== undefined) {
    found.push({ verb: "type change", subject: `from ${was?.type} to ${type} on ${subject}` });
  }
  if (nullable !== undefined) found.push({ verb: nullable ? "NULL" : "NOT NULL", subject: `on ${subject}` });
  if (fallback !== undefined && type === undefined) found.push({ verb: "server default", subject: `on ${subject}` });
  if (identity !== undefined) found.push({ verb: "changed", subject: `identity on ${subject}` });
  if (generated !== undefined) found.push({ verb: "removed", subject: `generated expression on ${subject}` });
  if (comment !== undefined) found.push({ verb: "changed", subject: `comment on ${subject}` });
  return found;
}

function path(table: Name, column: string, ..._: readonly unknown[]): string {
  return `${showName(table)}.${column}`;
}

function last(name: Name): string {
  return partsOf(name).at(-1)!;
}
