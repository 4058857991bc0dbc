import { DefinitionError } from "../errors.ts";
import { checkName } from "../identifier.ts";
import { type Fragment, isFragment } from "../query/writer.ts";
import type { Deferrable } from "./constraints.ts";
import { definitionSql } from "./definition-sql.ts";
import type { NamedColumn } from "./index-definition.ts";
import { ownAndInherited } from "./inherited.ts";
import type { Routine } from "./routine.ts";

/** What sets a trigger off: a statement, or an UPDATE that sets one of these columns. */
export type TriggerEvent =
  | "insert"
  | "update"
  | "delete"
  | "truncate"
  | {
      /** UPDATE OF these columns. */
      readonly updateOf: () => readonly NamedColumn[];
    };

/** Options of {@link trigger}. */
export interface TriggerOptions {
  /** The function that it calls: one of the schema, or by its name one that PostgreSQL or an extension brings. */
  readonly execute: Routine | string;
  /** What the function is given, as text. Default: nothing. */
  readonly arguments?: readonly string[] | undefined;
  /** Default: statement. */
  readonly forEach?: "row" | "statement" | undefined;
  /** Only where this is true: `` () => sql`old.* is distinct from new.*` ``. */
  readonly when?: (() => Fragment) | undefined;
  /** Names for the rows that the statement took away or made, to read in the function (REFERENCING). */
  readonly oldTable?: string | undefined;
  readonly newTable?: string | undefined;
  /** A constraint trigger, which can be put off to the end of the transaction. It runs after, for each row. */
  readonly constraint?: boolean | undefined;
  readonly deferrable?: Deferrable | undefined;
  /** Whether it runs in the sessions of a replica too, in those alone, or not at all. Default: in all but those. */
  readonly fires?: "always" | "replica" | "never" | undefined;
}

type Events = TriggerEvent | readonly TriggerEvent[];

/** One of these: when it runs, and what sets it off. `insteadOf` is for views. */
export type TriggerTiming =
  | { readonly before: Events; readonly after?: undefined; readonly insteadOf?: undefined }
  | { readonly after: Events; readonly before?: undefined; readonly insteadOf?: undefined }
  | { readonly insteadOf: Events; readonly before?: undefined; readonly after?: undefined };

/** A trigger, as it was declared. */
export type TriggerDefinition = TriggerOptions & TriggerTiming & { readonly name: string };

/** A trigger as data. */
export interface TableTrigger {
  readonly name: string;
  readonly timing: "before" | "after" | "instead of";
  readonly events: readonly ("insert" | "update" | "delete" | "truncate" | { readonly updateOf: readonly string[] })[];
  readonly forEach: "row" | "statement";
  readonly when: string | undefined;
  readonly function: { readonly schema: string | undefined; readonly name: string };
  /** The function, where it is one of models. */
  readonly routine: Routine | undefined;
  readonly arguments: readonly string[];
  readonly oldTable: string | undefined;
  readonly newTable: string | undefined;
  readonly constraint: boolean;
  readonly deferrable: Deferrable | undefined;
  readonly fires: "always" | "replica" | "never" | undefined;
}

/**
 * A trigger (PostgreSQL, "CREATE TRIGGER") in the `static triggers` of a model, a view or a mixin. Those of bases and mixins
 * are there besides.
 *
 * ```ts
 * static override readonly triggers = [trigger("touch", { before: "update", forEach: "row", execute: touch })];
 * ```
 */
export function trigger(name: string, definition: TriggerTiming & TriggerOptions): TriggerDefinition {
  return { ...definition, name };
}

/** A class with triggers, and how columns of it are named. */
interface Owner {
  readonly name: string;
  names(columns: readonly NamedColumn[], what: string): readonly string[];
}

/** The triggers of a class, of its bases and its mixins. @throws {DefinitionError} when one cannot be. */
export function describeTriggers(model: object, owner: Owner): readonly TableTrigger[] {
  return ownAndInherited<TriggerDefinition>(model, "triggers").map((definition) => describeTrigger(definition, owner));
}

function describeTrigger(definition: TriggerDefinition, owner: Owner): TableTrigger {
  const { before, after, insteadOf, execute, when, constraint = false } = definition;
  const what = `the trigger ${definition.name}`;
  const given = [before, after, insteadOf].filter((events) => events !== undefined);
  if (given.length !== 1) {
    throw new DefinitionError(
      `The trigger ${definition.name} of ${owner.name} needs one of before, after and insteadOf.`,
    );
  }
  const events = [given[0]!].flat() as readonly TriggerEvent[];
  const called: unknown = execute;
  if (called === undefined) {
    throw new DefinitionError(
      `The trigger ${definition.name} of ${owner.name} needs execute: the function that it calls.`,
    );
  }
  const routine = typeof execute === "string" ? undefined : execute;
  if (routine !== undefined && (routine.kind !== "function" || routine.options.returns !== "trigger")) {
    throw new DefinitionError(
      `The trigger ${definition.name} of ${owner.name} calls ${routine.name}, which is no function that returns "trigger".`,
    );
  }
  return {
    name: checkName(definition.name),
    timing: before !== undefined ? "before" : after !== undefined ? "after" : "instead of",
    events: events.map((event) =>
      typeof event === "string" ? event : { updateOf: owner.names(event.updateOf(), what) },
    ),
    forEach: definition.forEach ?? (constraint ? "row" : "statement"),
    when: when === undefined ? undefined : sqlOf(when(), what, owner),
    function: { schema: routine?.options.schema, name: routine?.name ?? (execute as string) },
    routine,
    arguments: definition.arguments ?? [],
    oldTable: definition.oldTable,
    newTable: definition.newTable,
    constraint,
    deferrable: definition.deferrable,
    fires: definition.fires,
  };
}

function sqlOf(fragment: Fragment, what: string, owner: Owner): string {
  if (isFragment(fragment)) return definitionSql(fragment);
  throw new DefinitionError(`The condition of ${what} of ${owner.name} is no SQL. Write it as sql\`…\`.`);
}
