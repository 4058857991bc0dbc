import type { Operations, WorkName } from "../client.ts";
import type { Database } from "../database.ts";

export type Input<Name extends WorkName> = Parameters<Operations[Name]>[0];

/** Something that contestants are timed at. */
export interface Work<Name extends WorkName = WorkName> {
  readonly name: Name;
  /** What it is, for the report. */
  readonly title: string;
  /** What one request is about; drawn at random. */
  input(): Input<Name>;
  /**
   * Has a contestant do it once and looks whether it was done, with a connection of the run's own.
   *
   * @throws {AssertionError} when it was not.
   */
  check(once: (input: Input<Name>) => Promise<unknown>, database: Database): Promise<void>;
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
