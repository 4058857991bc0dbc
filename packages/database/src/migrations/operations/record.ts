import { DefinitionError } from "../../errors.ts";
import { nearest } from "../../misspelling.ts";
import { COLUMN } from "./column.ts";
import { CONSTRAINT } from "./constraint.ts";
import { DOMAIN } from "./domain.ts";
import { ENUM } from "./enum.ts";
import { EXTENSION } from "./extension.ts";
import { FILL } from "./fill.ts";
import { GRANT } from "./grant.ts";
import { INDEX_OPERATIONS } from "./index-operations.ts";
import { LINT } from "./lint-ignore.ts";
import { OBJECT } from "./object.ts";
import type { Operations } from "./operations.ts";
import { PARTITION } from "./partition.ts";
import { POLICY } from "./policy.ts";
import { RAW } from "./raw.ts";
import type { Rendered, Renderers } from "./rendered.ts";
import { ROUTINE } from "./routine.ts";
import { SCHEMA } from "./schema.ts";
import { SEQUENCE_OPERATIONS } from "./sequence.ts";
import { STATISTICS } from "./statistics.ts";
import type { RecordedStep } from "./step.ts";
import { TABLE } from "./table.ts";
import { TRIGGER } from "./trigger.ts";
import { TYPE } from "./type.ts";
import { VIEW_OPERATIONS } from "./view.ts";

/** How each operation reads in SQL. */
export const RENDERERS: Renderers<Operations> = {
  ...SCHEMA,
  ...TABLE,
  ...COLUMN,
  ...CONSTRAINT,
  ...INDEX_OPERATIONS,
  ...ENUM,
  ...DOMAIN,
  ...SEQUENCE_OPERATIONS,
  ...TYPE,
  ...VIEW_OPERATIONS,
  ...ROUTINE,
  ...TRIGGER,
  ...POLICY,
  ...EXTENSION,
  ...PARTITION,
  ...OBJECT,
  ...GRANT,
  ...STATISTICS,
  ...FILL,
  ...LINT,
  ...RAW,
};

/**
 * Runs a revision's `upgrade` or `downgrade` and returns the steps it recorded; nothing is sent.
 *
 * @throws {DefinitionError} when the function is async, or an operation contradicts itself.
 */
export function record(describe: (op: Operations) => unknown): readonly RecordedStep[] {
  const steps: RecordedStep[] = [];
  let hasReturned = false;
  const returned = describe(
    recorder((operation, rendered) => {
      if (hasReturned) throw new DefinitionError("It comes after the function had returned, so it would never be run.");
      // What is wrong with its way back is said now, and not when somebody needs it.
      rendered.reverse?.(recorder(() => {}));
      steps.push(...stepsOf(operation, rendered));
    }),
  );
  hasReturned = true;
  if (returned instanceof Promise) {
    returned.catch(() => {}); // it is refused for being a promise; how it ends does not matter any more
    throw new DefinitionError(
      "It is async, but it only records operations, which run after it has returned. What has to ask the database belongs " +
        "into op.data(async (db) => { … }).",
    );
  }
  return steps;
}

function recorder(take: (operation: string, rendered: Rendered) => void): Operations {
  const methods = Object.entries(RENDERERS).map(([operation, render]) => [
    operation,
    (...given: readonly unknown[]): void => {
      try {
        take(operation, (render as (...given: readonly unknown[]) => Rendered)(...given));
      } catch (error) {
        if (!(error instanceof DefinitionError)) throw error;
        throw new DefinitionError(`${call(operation, given)}: ${error.message}`);
      }
    },
  ]);
  return new Proxy(Object.fromEntries(methods) as Operations, { get: method });
}

/** @throws {DefinitionError} naming the operation that was meant, where JavaScript would say "not a function". */
function method(operations: Operations, name: string | symbol): unknown {
  if (typeof name === "symbol" || name === "then" || Object.hasOwn(operations, name)) {
    return operations[name as keyof Operations];
  }
  const meant = nearest(name, Object.keys(RENDERERS));
  const hint = meant === undefined ? "SQL does, in op.sql`…`." : `Did you mean op.${meant}?`;
  throw new DefinitionError(`No operation is called op.${name}. ${hint}`);
}

/** `op.createIndex("ix_users_email", …)`. */
function call(operation: string, [first]: readonly unknown[]): string {
  return typeof first === "string" ? `op.${operation}(${JSON.stringify(first)}, …)` : `op.${operation}`;
}

function stepsOf(operation: string, rendered: Rendered): readonly RecordedStep[] {
  const { subject, statements, losses = [], reverse, recovery, run } = rendered;
  const title = `${operation} ${subject}`.trim();
  if (run !== undefined) return [{ kind: "data", operation, title, losses, reverse, run }];
  return statements.map((given, index) => {
    const statement = typeof given === "string" ? { text: given, values: [] } : given;
    return {
      kind: "sql",
      operation,
      title,
      losses: index === 0 ? losses : [],
      // The first takes back all of them.
      reverse: index === 0 || reverse === undefined ? reverse : () => {},
      statement,
      recovery: typeof recovery === "function" ? recovery(statement.text) : recovery,
    };
  });
}
