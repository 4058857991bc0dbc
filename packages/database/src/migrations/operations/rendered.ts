import type { DataConnection } from "./data.ts";
import type { Operations } from "./operations.ts";
import type { Loss, Recovery, Statement } from "./step.ts";

/** What one call of an operation comes to. */
export interface Rendered {
  /** What it is about, for people: `users.nickname`. */
  readonly subject: string;
  /** In the order in which they run; text has no values. */
  readonly statements: readonly (string | Statement)[];
  readonly losses?: readonly Loss[];
  /** Takes all the statements back. */
  readonly reverse?: ((op: Operations) => void) | undefined;
  /** Of each statement, or told by its SQL. */
  readonly recovery?: Recovery | ((sql: string) => Recovery | undefined) | undefined;
  /** Runs in place of statements. */
  readonly run?: (db: DataConnection) => Promise<void>;
}

/** How the operations of a family are rendered: a new operation is a method of its interface and an entry here. */
export type Renderers<Family> = {
  readonly [Method in keyof Family]: Family[Method] extends (...given: infer Given) => void
    ? (...given: Given) => Rendered
    : never;
};

/** The text with a space before it, or nothing. */
export function when(condition: unknown, text: string): string {
  return condition === undefined || condition === false || condition === null ? "" : ` ${text}`;
}
