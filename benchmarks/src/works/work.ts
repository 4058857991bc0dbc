import type { Operations, WorkName } from "../client.ts";
import type { Database } from "../database.ts";

export type Input<Name extends WorkName> = Parameters<Operations[Name]>[0];

/** Something that contestants are timed at. */
export interface Work<Name extends WorkName = WorkName> {
  readonly name: Name;
  /** What it is, for the report. */
  readonly title: string;
  /** SQL that makes the tables that no other work needs; run once, when this work is asked for. */
  tables?(scale: number): string;
  /** Whether it is done one at a time, whatever the concurrency asked for; its inputs are made before the clock runs. */
  readonly alone?: true;
  /** What one request is about; drawn at random. @param scale what to multiply the sizes of large works by. */
  input(scale: number): Input<Name>;
  /** Undoes what a trip through JSON does to an input. */
  revive?(input: Input<Name>): Input<Name>;
  /**
   * Has a contestant do it once and looks whether it was done, with a connection of the run's own.
   *
   * @throws {AssertionError} when it was not.
   */
  check(once: (input: Input<Name>) => Promise<unknown>, database: Database, scale: number): Promise<void>;
}

/** A row as contestants return it, whether their users write `created_at` or `createdAt`, read back from JSON. */
export function camelCased(row: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(row ?? {}).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

/** A point in time, whether it comes as the driver reads it or has been through JSON. */
export function time(value: unknown): number {
  return (value instanceof Date ? value : new Date(String(value))).getTime();
}
