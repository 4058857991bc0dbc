import type { Loss, Operations, Recovery } from "../../../src/migrations/index.ts";

/** An operation, what it makes of a database, and how it says that it can be taken back. */
export interface OperationCase {
  /** Methods that it is the case of. */
  readonly covers: readonly (keyof Operations)[];
  readonly name: string;
  /** SQL that makes the database before. */
  readonly before: string;
  readonly up: (op: Operations) => void;
  /** SQL by hand that comes to the same. */
  readonly sql: string;
  /**
   * exact: the reverse brings back the catalog as it was. none: there is no reverse. Text: the reverse brings back this
   * other state, made with SQL by hand after `sql`.
   */
  readonly reverse: "exact" | "none" | { readonly leaves: string };
  /** Objects that the steps say are lost; default none. */
  readonly losses?: readonly string[];
  /** Kinds of recovery, of steps that have one; default none. */
  readonly recovery?: readonly Recovery["kind"][];
}

type Given = Omit<OperationCase, "covers" | "reverse"> & Partial<Pick<OperationCase, "reverse">>;

/** The name begins with the methods: `createTable, dropTable: of everything`. */
export function operationCase(given: Given): OperationCase {
  const [methods = ""] = given.name.split(":");
  const covers = methods.split(", ").map((method) => method.trim() as keyof Operations);
  return { reverse: "exact", ...given, covers };
}

export function objects(losses: readonly Loss[]): string[] {
  return losses.map(({ object }) => object);
}
