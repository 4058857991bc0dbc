import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PEERS } from "../contestants/index.ts";
import { NOT_INSTALLED } from "../racers/node.ts";
import type { LeftOut } from "../racers/racer.ts";
import type { Starter } from "./starter.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/start/first-query.js", import.meta.url));

const TASK = "from the start of the process to the first row";

/** Only bulk inserts are done by these. */
const NO_READERS: readonly string[] = ["ours-copy", "copy"];

/** Everybody's first query, and Node without any work. */
export function firstQueries(
  contestants: readonly string[],
  url: string,
  email: string,
): { readonly starters: readonly Starter[]; readonly leftOut: readonly LeftOut[] } {
  const readers = contestants.filter((name) => !NO_READERS.includes(name));
  const missing = readers.filter((name) => name in PEERS && !existsSync(PEERS[name]!));
  const starters = readers
    .filter((name) => !missing.includes(name))
    .map(
      (name): Starter => ({
        name,
        task: TASK,
        command: [process.execPath, PROGRAM, name, email],
        env: { BENCHMARK_URL: url },
        prints: new RegExp(`^${email}$`, "m"),
        untilPrinted: true,
      }),
    );
  const bare: Starter = {
    name: "node, nothing else",
    task: TASK,
    command: [process.execPath, "-e", 'console.log("up")'],
    untilPrinted: true,
  };
  return { starters: [...starters, bare], leftOut: missing.map((name) => ({ name, reason: NOT_INSTALLED })) };
}
