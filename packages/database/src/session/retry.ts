import { CommitOutcomeUnknown, ConnectionLost, isRetryable, SettingsError } from "../errors.ts";
import { pause } from "../pause.ts";
import { milliseconds } from "../seconds.ts";
import type { SessionOptions } from "./session.ts";

/** Options of `manager.retry`. */
export interface RetryOptions extends SessionOptions {
  /** How often the callback may run in all. Default 5. */
  readonly attempts?: number | undefined;
  /** Seconds after which no further attempt is begun. Default 30. */
  readonly budget?: number | undefined;
}

/** See `DatabaseManager.retry`. @param run one attempt, in a session with these options. */
export async function retried<T>(
  { attempts = 5, budget = 30, ...session }: RetryOptions,
  run: (options: SessionOptions) => Promise<T>,
): Promise<T> {
  if (!(attempts >= 1)) throw new SettingsError([`attempts must be a number, at least 1, not ${String(attempts)}`]);
  const deadline = performance.now() + milliseconds(budget, "budget");
  for (let attempt = 1; ; attempt++) {
    try {
      // What failed on a replica is not tried there again.
      const isRead = session.readOnly || session.replica;
      const again = attempt > 1 && isRead ? { readOnly: true, replica: false } : {};
      return await run({ ...session, trackOutcome: true, ...again });
    } catch (error) {
      const isLost = error instanceof ConnectionLost && !(error instanceof CommitOutcomeUnknown);
      if (attempt >= attempts || !(isLost || isRetryable(error))) throw error;
      const wait = Math.random() * 10 * 2 ** attempt;
      if (performance.now() + wait > deadline) throw error;
      await pause(wait, session.signal);
    }
  }
}
