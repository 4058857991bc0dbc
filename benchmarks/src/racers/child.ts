import { spawn } from "node:child_process";
import { once as event } from "node:events";
import { createInterface } from "node:readline";
import type { Semantics, WorkName } from "../client.ts";
import type { Sample } from "../measure.ts";
import type { Latencies } from "../pace.ts";
import type { Course, Racer } from "./racer.ts";

/** What a child says first. */
export interface Hello {
  readonly version: string;
  readonly works: readonly WorkName[];
}

/** What it is then asked, a line of JSON each; it answers each with a line. */
export type Request =
  | { readonly do: "once"; readonly work: WorkName; readonly input: unknown }
  | { readonly do: "run"; readonly work: WorkName; readonly concurrency: number; readonly seconds: number }
  | { readonly do: "pace"; readonly work: WorkName; readonly rate: number; readonly seconds: number };

export type Reply = { readonly result: unknown } | { readonly error: string };

/**
 * Starts a contestant as a child that speaks JSON lines and ends when its standard input does. The database's URL is in
 * its environment, out of the process list.
 *
 * @throws when it ends before its first line; what it wrote to standard error is there to be seen.
 */
export async function startChild(
  name: string,
  semantics: Semantics,
  [command, ...words]: readonly [string, ...string[]],
  { url, connections, scale }: Course,
): Promise<Racer> {
  const child = spawn(command, words, {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...process.env,
      BENCHMARK_URL: url,
      BENCHMARK_CONNECTIONS: `${connections}`,
      BENCHMARK_SCALE: `${scale}`,
    },
  });
  const ended = event(child, "close");
  const gone = ended.then(([code, signal]) => {
    throw new Error(`The process of ${name} (${semantics}) ended with ${signal ?? code}.`);
  });
  gone.catch(() => {}); // looked at only while an answer is awaited
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const listen = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    return done ? await gone : JSON.parse(value);
  };
  const ask = async (request: Request): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const reply = (await listen()) as Reply;
    if ("error" in reply) throw new Error(`${name} (${semantics}), ${request.work}: ${reply.error}`);
    return reply.result;
  };
  child.stdin.on("error", () => {}); // a child that is gone is told by `gone`

  const { version, works } = (await listen()) as Hello;
  return {
    name,
    semantics,
    version,
    works,
    once: (work, input) => ask({ do: "once", work, input }),
    run: async (work, pace) => (await ask({ do: "run", work, ...pace })) as Sample,
    pace: async (work, pace) => (await ask({ do: "pace", work, ...pace })) as Latencies,
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
