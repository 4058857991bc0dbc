import type { DevelopmentServer } from "./define-config.ts";
import { ConfigInvalid, DevelopmentServerFailed, NoDevelopmentServer } from "./errors.ts";
import type { LoadedConfig } from "./load-config.ts";

/**
 * The configuration's development server, imported when it is first asked; whatever it throws comes as
 * {@link DevelopmentServerFailed}, but for an AbortError: that says that it was interrupted.
 *
 * @throws {NoDevelopmentServer} Its methods: @throws {ConfigInvalid} when what is configured is no server.
 */
export function developmentServerOf({ file, server }: LoadedConfig): DevelopmentServer {
  if (server === undefined) throw new NoDevelopmentServer(file);
  const ask = async <T>(question: (server: DevelopmentServer) => Promise<T>): Promise<T> => {
    try {
      return await question(checkServer(file, typeof server === "function" ? await server() : server));
    } catch (error) {
      const isOurs = error instanceof ConfigInvalid || Object(error).name === "AbortError";
      throw isOurs ? error : new DevelopmentServerFailed(error);
    }
  };
  return {
    status: () => ask((known) => known.status()),
    use: async () => {
      const { url, release } = await ask((known) => known.use());
      return { url, release: () => ask(release) };
    },
    start: () => ask((known) => known.start()),
    stop: () => ask((known) => known.stop()),
    reset: () => ask((known) => known.reset()),
  };
}

const METHODS = ["status", "use", "start", "stop", "reset"] as const;

/** @throws {ConfigInvalid} */
export function checkServer(file: string, server: unknown): DevelopmentServer {
  const missing = METHODS.filter((method) => typeof Object(server)[method] !== "function");
  if (missing.length === 0) return server as DevelopmentServer;
  throw new ConfigInvalid(file, `database.server is no development server: it has no ${missing.join(", ")}`);
}
