import { DefinitionError } from "../../errors.ts";
import type { Deferrable } from "../../model/constraints.ts";
import { columnPath } from "./column-clause.ts";
import { type Name, quoteList, quoteName, quoteQualified } from "./identifier.ts";
import { literal } from "./literal.ts";
import { checkOptions, deferrable, definition, either, flag, list, name, oneOf, type Shape, text } from "./options.ts";
import { type Renderers, when } from "./rendered.ts";

/** What a trigger is run for. */
export type TriggerEvent = "insert" | "update" | "delete" | "truncate" | { readonly updateOf: readonly string[] };

/** A trigger (PostgreSQL, "CREATE TRIGGER"). */
export interface TriggerDefinition {
  readonly timing: "before" | "after" | "instead of";
  readonly events: readonly TriggerEvent[];
  /** Default: statement. */
  readonly forEach?: "row" | "statement" | undefined;
  /** Only where this is true, in SQL with `old` and `new`. */
  readonly when?: string | undefined;
  /** The function that it calls, without parentheses, and what it is given, as text. */
  readonly function: Name;
  readonly arguments?: readonly string[] | undefined;
  /** Names for the rows of the statement: `old table as …`. */
  readonly oldTable?: string | undefined;
  readonly newTable?: string | undefined;
  /** A constraint trigger, which runs after, for each row; `deferrable` and `from` are for those alone. Default: false. */
  readonly constraint?: boolean | undefined;
  readonly deferrable?: Deferrable | undefined;
  /** Another table of the constraint. */
  readonly from?: Name | undefined;
}

interface FiresIn {
  /** `always`, or in sessions of a replica alone. Default: in all but those. */
  readonly fires?: "always" | "replica" | undefined;
}

export interface TriggerOperations {
  /** CREATE TRIGGER. */
  createTrigger(name: string, table: Name, trigger: TriggerDefinition): void;
  /** DROP TRIGGER. `was`: its definition. */
  dropTrigger(
    name: string,
    table: Name,
    options?: { readonly cascade?: boolean | undefined; readonly was?: TriggerDefinition | undefined },
  ): void;
  /** ALTER TRIGGER … RENAME TO. */
  renameTrigger(name: string, table: Name, to: string): void;
  /** ALTER TABLE … ENABLE TRIGGER. Taken back it is disabled. */
  enableTrigger(name: string, table: Name, options?: FiresIn): void;
  /** ALTER TABLE … DISABLE TRIGGER. Taken back it is enabled, and fires as it is told here. */
  disableTrigger(name: string, table: Name, options?: FiresIn): void;
}

const TRIGGER_SHAPE: Shape<TriggerDefinition> = {
  timing: oneOf("before", "after", "instead of"),
  events: list,
  forEach: oneOf("row", "statement"),
  when: text,
  function: name,
  arguments: either(list, { expects: "an empty one", accepts: (value) => Array.isArray(value) }),
  oldTable: text,
  newTable: text,
  constraint: flag,
  deferrable,
  from: name,
};

const FIRES = { fires: oneOf("always", "replica") };

export const TRIGGER: Renderers<TriggerOperations> = {
  createTrigger(name, table, trigger) {
    const given = checkOptions("A trigger", trigger, TRIGGER_SHAPE, ["timing", "events", "function"]);
    const { timing, events, forEach, when: condition, constraint, deferrable: kind, from, oldTable, newTable } = given;
    const transition =
      (oldTable === undefined ? "" : ` old table as ${quoteName(oldTable)}`) +
      (newTable === undefined ? "" : ` new table as ${quoteName(newTable)}`);
    return {
      subject: columnPath(table, name),
      statements: [
        `create${when(constraint, "constraint")} trigger ${quoteName(name)} ${timing} ` +
          `${events.map(eventClause).join(" or ")} on ${quoteQualified(table)}` +
          (from === undefined ? "" : ` from ${quoteQualified(from)}`) +
          when(kind, `deferrable ${kind}`) +
          (transition === "" ? "" : ` referencing${transition}`) +
          when(forEach ?? constraint, `for each ${forEach ?? "row"}`) +
          when(condition, `when (${condition})`) +
          ` execute function ${quoteQualified(given.function)}(${(given.arguments ?? []).map(literal).join(", ")})`,
      ],
      reverse: (op) => op.dropTrigger(name, table, { was: trigger }),
    };
  },

  dropTrigger(name, table, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: definition });
    return {
      subject: columnPath(table, name),
      statements: [`drop trigger ${quoteName(name)} on ${quoteQualified(table)}${when(cascade, "cascade")}`],
      reverse: was === undefined ? undefined : (op) => op.createTrigger(name, table, was),
    };
  },

  renameTrigger(name, table, to) {
    return {
      subject: columnPath(table, name),
      statements: [`alter trigger ${quoteName(name)} on ${quoteQualified(table)} rename to ${quoteName(to)}`],
      reverse: (op) => op.renameTrigger(to, table, name),
    };
  },

  enableTrigger(name, table, options = {}) {
    const { fires } = checkOptions("It", options, FIRES);
    return {
      subject: columnPath(table, name),
      statements: [`alter table ${quoteQualified(table)} enable${when(fires, fires ?? "")} trigger ${quoteName(name)}`],
      reverse: (op) => op.disableTrigger(name, table, options),
    };
  },

  disableTrigger(name, table, options = {}) {
    checkOptions("It", options, FIRES);
    return {
      subject: columnPath(table, name),
      statements: [`alter table ${quoteQualified(table)} disable trigger ${quoteName(name)}`],
      reverse: (op) => op.enableTrigger(name, table, options),
    };
  },
};

function eventClause(event: TriggerEvent): string {
  if (typeof event === "object" && event !== null) return `update of ${quoteList(event.updateOf)}`;
  if (["insert", "update", "delete", "truncate"].includes(event)) return event;
  throw new DefinitionError('An event is "insert", "update", "delete", "truncate" or { updateOf: ["column"] }.');
}
