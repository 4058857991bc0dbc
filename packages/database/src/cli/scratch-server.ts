import { developmentServerOf } from "../config/development-server.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import type { ConnectOptions } from "../connection/connect.ts";
import type { LiveSource } from "../migrations/diff/sources.ts";
import { ScratchUnavailable } from "../migrations/errors.ts";
import { say } from "./print.ts";
import { withDatabase } from "./workspace.ts";

/**
 * Runs `work` with the server for scratch databases that was named; without one first with none, which means that of the
 * database. Where no database can be made there, on a standby or by a role that only reads, the configuration's development
 * server does it.
 *
 * @throws {ScratchUnavailable} when there is none.
 */
export async function withScratchServer<T>(
  config: LoadedConfig | undefined,
  named: string | undefined,
  work: (scratch: LiveSource | undefined) => Promise<T>,
): Promise<T> {
  if (named !== undefined) return work({ url: named });
  try {
    return await work(undefined);
  } catch (error) {
    if (!(error instanceof ScratchUnavailable) || config?.server === undefined) throw error;
    const { url, release } = await developmentServerOf(config).use();
    say("No scratch database can be made on that server; they are made on the development server.");
    try {
      return await work({ url });
    } finally {
      await release();
    }
  }
}

/** Runs `work` with the server of the configured database; where none can be made there, with the development server. */
export async function withTrialServer<T>(
  work: (connect: ConnectOptions, config: LoadedConfig) => Promise<T>,
): Promise<T> {
  const { connectOptions } = await import("../connection/options.ts");
  return withDatabase((connect, config) =>
    withScratchServer(config, undefined, (scratch) => {
      if (scratch === undefined) return work(connect, config);
      return work("url" in scratch ? connectOptions({ url: scratch.url }) : scratch.connect, config);
    }),
  );
}
