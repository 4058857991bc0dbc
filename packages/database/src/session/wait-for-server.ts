import { type ConnectOptions, connect } from "../connection/connect.ts";
import { ConnectionFailed } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { pause } from "../pause.ts";
import { formatUrl } from "../url.ts";

/** The pause after the first failure, in milliseconds, which doubles, and the longest. */
const PAUSE = { first: 100, most: 500 };

/**
 * Waits until the server takes connections. A server that comes up with the application, by whatever starts both, may be
 * later, and its name may be unknown until then.
 *
 * @param timeout seconds to wait in all; 0: the first failure is the answer.
 * @throws {ConnectionFailed} telling how long and how often it was tried, and each reason once; at once when the server
 *   answered and waiting cannot help: a wrong password, no such database.
 */
export async function waitForServer(
  options: ConnectOptions,
  timeout: number,
  logger: Logger,
  signal?: AbortSignal,
): Promise<void> {
  const start = performance.now();
  const reasons = new Map<string, number>();
  for (let next = PAUSE.first; ; next = Math.min(next * 2, PAUSE.most)) {
    try {
      const connection = await connect(options, signal);
      await connection.close();
      return;
    } catch (error) {
      if (!(error instanceof ConnectionFailed) || !mayPass(error)) throw error;
      reasons.set(error.reason, (reasons.get(error.reason) ?? 0) + 1);
      const left = timeout * 1000 - (performance.now() - start);
      if (left <= 0) throw timeout === 0 ? error : gaveUp(options, error, reasons, timeout);
      if (reasons.get(error.reason) === 1) logger.warn({ reason: error.reason, timeout }, "waiting for the database");
      // The last try is when the time is up.
      await pause(Math.min(next, left), signal);
    }
  }
}

function mayPass(error: ConnectionFailed): boolean {
  return error.isTransient || error.reason.includes("ENOTFOUND");
}

function gaveUp(
  options: ConnectOptions,
  last: ConnectionFailed,
  reasons: ReadonlyMap<string, number>,
  timeout: number,
): ConnectionFailed {
  const tries = [...reasons].map(([reason, times]) => `  - ${times === 1 ? "once" : `${times} times`}: ${reason}`);
  const { host, port, reason, sqlState, isTransient } = last;
  return new ConnectionFailed(
    `Cannot connect to ${formatUrl(options)}.\nIt was tried for ${timeout} s (DB_START_TIMEOUT):\n${tries.join("\n")}`,
    { host, port, reason, sqlState, isTransient },
    { cause: last.cause },
  );
}
