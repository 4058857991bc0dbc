import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits so many milliseconds.
 *
 * @throws the signal's reason as soon as it is aborted, where Node's own timer throws an error of its own around it.
 */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
