import { type Name, showName } from "../../operations/identifier.ts";
import { literal } from "../../operations/literal.ts";
import type { FunctionDefinition } from "../../operations/routine.ts";
import type { Signature } from "../../operations/signature.ts";
import type { CatalogRoutine } from "../catalog.ts";
import { flattened } from "../flat.ts";
import { CLASS } from "../objects.ts";
import type { RoutineRow } from "../queries/routines.ts";
import { given, repeatable } from "../words.ts";
import { type Context, owned } from "./context.ts";

const VOLATILITY = { i: "immutable", s: "stable", v: undefined } as const;
const PARALLEL = { r: "restricted", s: "safe", u: undefined } as const;

export function readRoutine(row: RoutineRow, { objects, names }: Context): CatalogRoutine {
  const place = [CLASS.routine, row.id] as const;
  const { language, body, sqlBody, set, cost, rows } = row;
  const usualCost = language === "internal" ? 1 : 100;
  const usualRows = /^(setof|table\() ?/i.test(row.returns ?? "") ? 1000 : 0;
  const usualLanguage = sqlBody === null ? "plpgsql" : "sql";
  const definition: FunctionDefinition = given({
    returns: row.returns ?? undefined,
    language: language === usualLanguage ? undefined : language,
    volatility: VOLATILITY[row.volatility],
    strict: row.strict || undefined,
    leakproof: row.leakproof || undefined,
    securityDefiner: row.securityDefiner || undefined,
    parallel: PARALLEL[row.parallel],
    cost: cost === usualCost ? undefined : cost,
    rows: rows === usualRows ? undefined : rows,
    set: set === null ? undefined : Object.fromEntries(set.map(setting)),
    body: sqlBody === null ? body : undefined,
    sqlBody: sqlBody === null ? undefined : repeatable(sqlBody),
  });
  return {
    ...objects.describe(place, objects.keyOf(place)!),
    ...owned(row),
    kind: row.kind === "p" ? "procedure" : "function",
    signature: signatureOf(names.of("routine", [row.schema, row.name]), row.arguments),
    definition,
    text: sqlBody === null ? row.text : flattened(row.text),
    shape: `(${row.identity})${row.returns === null ? "" : ` returns ${row.returns}`}`,
  };
}

function signatureOf(name: Name, args: string): Signature {
  if (typeof name !== "string" || /[()]/.test(showName(name))) return { name, arguments: args };
  return `${name}(${args})`;
}

/** Settings that are lists of names (PostgreSQL's source, GUC_LIST_QUOTE). */
const LISTS = [
  "search_path",
  "temp_tablespaces",
  "local_preload_libraries",
  "session_preload_libraries",
  "shared_preload_libraries",
];

/** `search_path=pg_catalog, "$user"` as its name and the SQL of its value. */
function setting(text: string): readonly [name: string, sql: string] {
  const at = text.indexOf("=");
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  if (LISTS.includes(name.toLowerCase())) {
    const parts = value.match(/"(?:[^"]|"")*"|[^\s,"]+/g) ?? [];
    return [name, parts.length === 0 ? "''" : parts.map(listed).join(", ")];
  }
  return [name, /^-?\d+(\.\d+)?$/.test(value) ? value : literal(value)];
}

function listed(part: string): string {
  return part.startsWith('"') ? literal(part.slice(1, -1).replaceAll('""', '"')) : part;
}
