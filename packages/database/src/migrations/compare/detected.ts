import { type Name, partsOf, showName } from "../operations/identifier.ts";
import { type Signature, signatureName, withoutDefaults } from "../operations/signature.ts";
import type { Call } from "./call.ts";

/** What the calls change, a line for each in Alembic's words: `Detected added table 'orders'`. */
export function detected(calls: readonly Call[]): readonly string[] {
  const told = calls.filter(({ around }) => around !== true);
  const facts = told.flatMap((call) => factsOf(call));
  const subjects = (verb: string): ReadonlySet<string> =>
    new Set(facts.flatMap((fact) => (fact.verb === verb ? [fact.subject] : [])));
  const [added, removed] = [subjects("added"), subjects("removed")];
  const isBoth = (subject: string): boolean => added.has(subject) && removed.has(subject);
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
  const named = NAMED[call.method];
  if (named !== undefined) {
    const [verb, kind] = named;
    return fact(verb, `${kind} '${shown(kind, call.arguments[0] as Name)}'`);
  }
  const part = PARTS[call.method];
  if (part !== undefined) {
    const [verb, kind] = part;
    const [name, table] = call.arguments as unknown as readonly [Name, Name];
    return fact(verb, on(kind, name, table));
  }
  switch (call.method) {
    case "addColumn":
      return fact("added", `column '${path(...call.arguments)}'`);
    case "dropColumn":
      return fact("removed", `column '${path(call.arguments[0], call.arguments[1])}'`);
    case "alterColumn":
      return columnFacts(call.arguments);
    case "dropIndex":
      return fact("removed", on("index", call.arguments[0], call.arguments[1]!.was!.table));
    case "dropConstraint": {
      const [kind] = Object.keys(call.arguments[2]!.was!);
      return fact("removed", on(KINDS[kind!]!, call.arguments[0], call.arguments[1]));
    }
    case "validateConstraint":
      return fact("unvalidated", `constraint '${call.arguments[0]}' on '${showName(call.arguments[1])}'`);
    case "addEnumValue":
      return fact("added", `value '${call.arguments[1]}' of enum '${showName(call.arguments[0])}'`);
    case "replaceEnum":
      return fact("changed", `values of enum '${showName(call.arguments[0])}'`);
    case "addAttribute":
    case "dropAttribute":
    case "alterAttribute":
      return fact("changed", `type '${showName(call.arguments[0])}'`);
    case "addDomainCheck":
    case "dropDomainCheck":
    case "validateDomainCheck":
      return fact("changed", `domain '${showName(call.arguments[1])}'`);
    case "attachPartition":
    case "detachPartition":
      return fact("changed", `partition '${showName(call.arguments[1])}' of '${showName(call.arguments[0])}'`);
    case "addParent":
    case "removeParent":
      return fact("changed", `parents of table '${showName(call.arguments[0])}'`);
    case "enableRowSecurity":
    case "disableRowSecurity":
      return fact("changed", `row level security of '${showName(call.arguments[0])}'`);
    case "comment":
      return fact(
        "changed",
        `comment on ${call.arguments[0]} '${shown(call.arguments[0], call.arguments[1] as Name)}'`,
      );
    case "renameIndex":
      return fact("changed", `name of index '${showName(call.arguments[0])}'`);
    case "rename":
      return fact("changed", `name of ${call.arguments[0]} '${shown(call.arguments[0], call.arguments[1] as Name)}'`);
    case "setOwner":
      return fact("changed", `owner of ${call.arguments[0]} '${shown(call.arguments[0], call.arguments[1] as Name)}'`);
    case "grant":
    case "revoke": {
      const [[kind, name]] = Object.entries(call.arguments[1]) as [[string, Name]];
      return fact("changed", `privileges on ${kind} '${shown(kind, name)}'`);
    }
    case "sql":
      return fact("changed", `what this does: ${call.arguments[0][0]!.split("\n")[0]!.slice(0, 100)}`);
    default:
      throw new Error(`unreachable: no comparison calls ${call.method}`);
  }
}

/** Methods whose first argument is the name of what they are about. */
const NAMED: { readonly [Method in Call["method"]]?: readonly [verb: string, kind: string] } = {
  createTable: ["added", "table"],
  dropTable: ["removed", "table"],
  alterTable: ["changed", "table"],
  createEnum: ["added", "enum"],
  dropEnum: ["removed", "enum"],
  createDomain: ["added", "domain"],
  dropDomain: ["removed", "domain"],
  alterDomain: ["changed", "domain"],
  createCompositeType: ["added", "type"],
  dropCompositeType: ["removed", "type"],
  createRangeType: ["added", "type"],
  dropRangeType: ["removed", "type"],
  createSequence: ["added", "sequence"],
  dropSequence: ["removed", "sequence"],
  alterSequence: ["changed", "sequence"],
  createView: ["added", "view"],
  dropView: ["removed", "view"],
  replaceView: ["changed", "view"],
  createMaterializedView: ["added", "materialized view"],
  dropMaterializedView: ["removed", "materialized view"],
  refreshMaterializedView: ["changed", "whether there is data in materialized view"],
  createFunction: ["added", "function"],
  dropFunction: ["removed", "function"],
  replaceFunction: ["changed", "function"],
  createProcedure: ["added", "procedure"],
  dropProcedure: ["removed", "procedure"],
  replaceProcedure: ["changed", "procedure"],
  createExtension: ["added", "extension"],
  dropExtension: ["removed", "extension"],
  alterExtension: ["changed", "extension"],
  createSchema: ["added", "schema"],
  dropSchema: ["removed", "schema"],
  createStatistics: ["added", "statistics"],
  dropStatistics: ["removed", "statistics"],
  alterStatistics: ["changed", "statistics"],
  alterIndex: ["changed", "index"],
};

/** Methods whose first arguments are a name and a table. */
const PARTS: { readonly [Method in Call["method"]]?: readonly [verb: string, kind: string] } = {
  createIndex: ["added", "index"],
  createPrimaryKey: ["added", "primary key"],
  createUniqueConstraint: ["added", "unique constraint"],
  createCheckConstraint: ["added", "check constraint"],
  createExclusionConstraint: ["added", "exclusion constraint"],
  createForeignKey: ["added", "foreign key"],
  createTrigger: ["added", "trigger"],
  dropTrigger: ["removed", "trigger"],
  enableTrigger: ["changed", "trigger"],
  disableTrigger: ["changed", "trigger"],
  createPolicy: ["added", "policy"],
  dropPolicy: ["removed", "policy"],
  alterPolicy: ["changed", "policy"],
};

/** A routine is called by its signature. */
function shown(kind: string, name: Name): string {
  return kind === "function" || kind === "procedure"
    ? signatureName(withoutDefaults(name as Signature))
    : showName(name);
}

const KINDS: Readonly<Record<string, string>> = {
  primaryKey: "primary key",
  unique: "unique constraint",
  check: "check constraint",
  exclusion: "exclusion constraint",
  foreignKey: "foreign key",
};

function columnFacts([table, column, changes]: Extract<Call, { method: "alterColumn" }>["arguments"]): readonly Fact[] {
  const {
    type,
    default: fallback,
    nullable,
    identity,
    generated,
    comment,
    storage,
    compression,
    statistics,
    was,
  } = changes;
  const subject = `column '${path(table, column)}'`;
  const found: Fact[] = [];
  if (type !== undefined) {
    found.push({ verb: "type change", subject: `from ${was?.type} to ${type} on ${subject}` });
  }
  if (nullable !== undefined) found.push({ verb: nullable ? "NULL" : "NOT NULL", subject: `on ${subject}` });
  if (fallback !== undefined && type === undefined) found.push({ verb: "server default", subject: `on ${subject}` });
  if ([storage, compression, statistics].some((trait) => trait !== undefined)) {
    found.push({ verb: "changed", subject: `storage of ${subject}` });
  }
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
