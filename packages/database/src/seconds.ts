import { inspect } from "node:util";
import { SettingsError } from "./errors.ts";

/** The longest a timer of Node's can be set for: 2^31 - 1 milliseconds. Longer ones fire at once. */
export const MOST_SECONDS = 2_147_483;

/**
 * A time limit in seconds as what Node's timers and `AbortSignal.timeout` take: whole milliseconds, rounded up. One that is
 * longer than the longest timer, Infinity included, becomes that, some 25 days.
 *
 * @param name what the limit is called in the message.
 * @throws {SettingsError} when it is no number, or negative.
 */
export function milliseconds(seconds: number, name: string): number {
  if (typeof seconds !== "number" || !(seconds >= 0)) {
    throw new SettingsError([
      `${name} must be a number of seconds, at least 0, not ${inspect(seconds, { depth: -1 })}`,
    ]);
  }
  return Math.ceil(Math.min(seconds, MOST_SECONDS) * 1000);
}
