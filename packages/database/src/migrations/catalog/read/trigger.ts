import { tokenize } from "../../operations/tokenize.ts";
import type { TriggerDefinition, TriggerEvent } from "../../operations/trigger.ts";
import type { CatalogTrigger } from "../catalog.ts";
import { flattened } from "../flat.ts";
import { CLASS } from "../objects.ts";
import type { TriggerRow } from "../queries/table-parts.ts";
import { bareExpression, given } from "../words.ts";
import { type Context, columnNames, type Naming } from "./context.ts";

/** pg_trigger.tgtype. */
const BITS = { row: 1, before: 2, insert: 4, delete: 8, update: 16, truncate: 32, instead: 64 } as const;
const FIRES = { O: undefined, A: "always", R: "replica", D: "never" } as const;

export function readTrigger(row: TriggerRow, context: Context): CatalogTrigger {
  const { objects, names } = context;
  const { name, text, bits, constraint, oldTable, newTable, from } = row;
  const place = [CLASS.trigger, row.id] as const;
  const has = (bit: keyof typeof BITS): boolean => (bits & BITS[bit]) !== 0;
  const columns = columnNames(context, row.table, row.numbers);
  const events: readonly (TriggerEvent | false)[] = [
    has("insert") && "insert",
    has("delete") && "delete",
    has("update") && (columns.length === 0 ? "update" : { updateOf: columns }),
    has("truncate") && "truncate",
  ];
  const passed = row.arguments === "" ? [] : Buffer.from(row.arguments, "hex").toString().split("\0").slice(0, -1);
  const definition: TriggerDefinition = given({
    timing: has("before") ? ("before" as const) : has("instead") ? ("instead of" as const) : ("after" as const),
    events: events.filter((event) => event !== false),
    forEach: has("row") && !constraint ? ("row" as const) : undefined,
    when: conditionOf(text),
    function: names.of("routine", row.function),
    arguments: passed.length === 0 ? undefined : passed,
    oldTable: oldTable ?? undefined,
    newTable: newTable ?? undefined,
    constraint: constraint || undefined,
    deferrable: deferrableOf(row),
    from: from === null ? undefined : names.of("relation", from),
  });
  const fires = FIRES[row.enabled];
  return {
    ...objects.describe(place, objects.keyOf(place)!),
    name,
    definition,
    text: flattened(text),
    ...(fires === undefined ? {} : { fires }),
    ...(row.partitions === null ? {} : { partitions: row.partitions.map((one) => partitionOf(one, names)) }),
  };
}

function partitionOf(
  [schema, name, enabled]: NonNullable<TriggerRow["partitions"]>[number],
  names: Naming,
): NonNullable<CatalogTrigger["partitions"]>[number] {
  return given({ table: names.of("relation", [schema, name]), fires: FIRES[enabled] });
}

function deferrableOf({ deferrable, deferred }: TriggerRow): TriggerDefinition["deferrable"] {
  if (!deferrable) return undefined;
  return deferred ? "initially deferred" : "initially immediate";
}

/** The condition, which PostgreSQL gives in the whole statement alone: of two rows it can write no expression by itself. */
function conditionOf(text: string): string | undefined {
  let depth = 0;
  let begin: number | undefined;
  let isNext = false;
  for (const { kind, start, end } of tokenize(text)) {
    const token = text.slice(start, end);
    if (kind === "word" && depth === 0 && token === "WHEN") isNext = true;
    if (kind !== "symbol") continue;
    if (token === "(") {
      if (isNext && depth === 0) begin = start;
      depth++;
    }
    if (token === ")") {
      depth--;
      if (depth === 0 && begin !== undefined) return bareExpression(text.slice(begin, end));
    }
  }
  return undefined;
}
