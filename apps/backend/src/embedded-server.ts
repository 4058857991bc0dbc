import { readFile } from "node:fs/promises";
import { join } from "node:path";
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

const WATCH_MILLISECONDS = 500;

/** Starts the embedded server, or attaches to the one that runs, and watches over it. */
export async function useEmbeddedServer(): Promise<EmbeddedServer> {
  const { url, release } = await server.use();
  const watching = new AbortController();
  const died = new Promise<ServerDied>((resolve) => {
    const timer = setInterval(async () => {
      const { running, dataDir } = await server.status();
      if (running || watching.signal.aborted) return;
      clearInterval(timer);
      resolve(new ServerDied(dataDir, await lastWords(dataDir)));
    }, WATCH_MILLISECONDS);
    timer.unref();
    watching.signal.addEventListener("abort", () => clearInterval(timer));
  });
  return {
    url,
    died,
    release: () => {
      watching.abort();
      return release();
    },
  };
}

/** What the server says of itself; what clients sent is left out. */
async function lastWords(dataDir: string): Promise<string> {
  const log = await readFile(join(dataDir, "hypertroq/postgres.log"), "utf8").catch(() => "");
  const lines = log.split("\n").filter((line) => /\b(LOG|WARNING|FATAL|PANIC|HINT): /.test(line));
  return lines.length === 0 ? "  (nothing)" : lines.slice(-10).join("\n").replace(/^/gm, "  ");
}
