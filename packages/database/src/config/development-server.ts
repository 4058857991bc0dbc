import type { DevelopmentServer } from "./define-config.ts";
import { DevelopmentServerFailed, NoDevelopmentServer } from "./errors.ts";
import type { LoadedConfig } from "./load-config.ts";

/**
 * The configuration's development server; whatever it throws comes as {@link DevelopmentServerFailed}.
 *
 * @throws {NoDevelopmentServer}
 */
export function developmentServerOf({ file, server }: LoadedConfig): DevelopmentServer {
  if (server === undefined) throw new NoDevelopmentServer(file);
  return {
    status: () => asked(server.status()),
    use: async () => {
      const { url, release } = await asked(server.use());
      return { url, release: () => asked(release()) };
    },
    start: () => asked(server.start()),
    stop: () => asked(server.stop()),
    reset: () => asked(server.reset()),
  };
}

async function asked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new DevelopmentServerFailed(error);
  }
}
