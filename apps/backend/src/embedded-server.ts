import { server } from "./config.ts";

/** The embedded PostgreSQL went away while it was in use. Its own last lines are in the message. */
export class ServerDied extends Error {
  readonly code = "SERVER_DIED";

  constructor(dataDir: string, log: string) {
    super(`PostgreSQL in ${dataDir} stopped while the backend used it. Its log ends with:\n${log}`);
  }
}

/** The embedded server while this process uses it. */
export interface EmbeddedServer {
  readonly url: string;
  /** Resolves when the server is gone though nobody here released it. */
  readonly died: Promise<ServerDied>;
  /** Stops the server, unless another process uses it too. */
  release(): Promise<void>;
}

/** Starts the embedded server, or attaches to the one that runs. */
export async function useEmbeddedServer(): Promise<EmbeddedServer> {
  const { url, exited, release } = await server.use();
  let released = false;
  const died = new Promise<ServerDied>((resolve) => {
    void exited.then(async ({ log }) => {
      if (!released) resolve(new ServerDied((await server.status()).dataDir, log));
    });
  });
  return {
    url,
    died,
    release: () => {
      released = true;
      return release();
    },
  };
}
