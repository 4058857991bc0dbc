import { Type } from "typebox";
import type { ConnectOptions } from "../connection/connect.ts";
import { connectOptions, type DatabaseOptions, optionsFromSettings } from "../connection/options.ts";
import { SettingsError } from "../errors.ts";
import { DATABASE_SETTINGS, type Environment, readSettings } from "../settings.ts";
import { developmentServerOf } from "./development-server.ts";
import type { LoadedConfig } from "./load-config.ts";

/** A database that is there to be connected to until it is released. */
export interface AvailableDatabase {
  readonly options: DatabaseOptions;
  readonly connect: ConnectOptions;
  /** Stops the development server if it was started for this. */
  release(): Promise<void>;
}

/** As the layer's settings, but the configuration's server may stand in for the URL. */
const SETTINGS = Type.Object({
  ...DATABASE_SETTINGS.properties,
  DATABASE_URL: Type.Optional(DATABASE_SETTINGS.properties.DATABASE_URL),
});

/**
 * The database that migrations run on: DIRECT_URL, else DATABASE_URL, else the configuration's development server,
 * started if it does not run.
 *
 * @throws {SettingsError} with every problem of the environment, before anything is started.
 * @throws {DevelopmentServerFailed}
 */
export async function openDatabase(config: LoadedConfig, env: Environment): Promise<AvailableDatabase> {
  const settings = readSettings(SETTINGS, env);
  const given = settings.DIRECT_URL ?? settings.DATABASE_URL;
  if (given === undefined && config.server === undefined) {
    throw new SettingsError([
      "DATABASE_URL is not set; expected postgresql://user:password@host:port/database, " +
        `or a development server (database.server) in ${config.file}`,
    ]);
  }
  const server = given === undefined ? await developmentServerOf(config).use() : undefined;
  const url = given ?? server!.url;
  const options = optionsFromSettings({ ...settings, DATABASE_URL: url });
  return {
    options,
    connect: connectOptions(options),
    release: async () => server?.release(),
  };
}
