import { type Operations, type RecordedStep, record } from "@hypertroq/database/migrations";

/** What blocks have recorded that stand outside of a revision. */
export const recorded: RecordedStep[] = [];

/** The `op` of such blocks. */
export const op = new Proxy({} as Operations, {
  get:
    (_, name) =>
    (...given: readonly unknown[]): void => {
      const steps = record((operations) =>
        (operations[name as keyof Operations] as (...given: readonly unknown[]) => void)(...given),
      );
      recorded.push(...steps);
    },
});
