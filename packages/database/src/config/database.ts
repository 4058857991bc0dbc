import { type Static, Type } from "typebox";
import type { ConnectOptions } from "../connection/connect.ts";
import { connectOptions, type DatabaseOptions, optionsFromSettings } from "../connection/options.ts";
import { DATABASE_SETTINGS, type Environment, readSettings } from "../settings.ts";
import { developmentServerOf } from "./development-server.ts";
import { ENVIRONMENTS, environmentOf, isDeployed } from "./environment.ts";
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
  ENVIRONMENT: Type.Optional(Type.Enum([...ENVIRONMENTS])),
});

/**
 * The settings of a command that works on a database: DIRECT_URL, else DATABASE_URL, has to be there where the configuration
 * has no development server, and in production and staging in any case.
 *
 * @throws {SettingsError} with every problem of the environment.
 */
export function readCommandSettings({ file, server }: LoadedConfig, env: Environment): Static<typeof SETTINGS> {
  if (env["DIRECT_URL"]?.trim() || (server !== undefined && !isDeployed(env))) return readSettings(SETTINGS, env);
  const instead = isDeployed(env)
    ? `; in ${environmentOf(env)} no development server stands in for it`
    : `, or a development server (database.server) in ${file}`;
  const description = `postgresql://user:password@host:port/database${instead}`;
  return readSettings(Type.Object({ ...SETTINGS.properties, DATABASE_URL: Type.String({ description }) }), env);
}

/**
 * The database that migrations run on: DIRECT_URL, else DATABASE_URL, else the configuration's development server,
 * started if it does not run. In production and staging (ENVIRONMENT, else NODE_ENV) nothing stands in for the URL.
 *
 * @throws {SettingsError} see {@link readCommandSettings}; before anything is started.
 * @throws {DevelopmentServerFailed}
 */
export async function openDatabase(config: LoadedConfig, env: Environment): Promise<AvailableDatabase> {
  const settings = readCommandSettings(config, env);
  const given = settings.DIRECT_URL ?? settings.DATABASE_URL;
  const server = given === undefined ? await developmentServerOf(config).use() : undefined;
  const url = given ?? server!.url;
  const options = optionsFromSettings({ ...settings, DATABASE_URL: url });
  return {
    options,
    connect: connectOptions(options),
    release: async () => server?.release(),
  };
}
