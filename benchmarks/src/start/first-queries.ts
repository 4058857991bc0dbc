import { inBenchmarks, leftOutOf } from "../contestants/peers.ts";
import type { LeftOut } from "../racers/racer.ts";
import type { Starter } from "./starter.ts";

const PROGRAM = inBenchmarks("dist/start/first-query.js");

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
  const leftOut = leftOutOf(readers);
  const starters = readers
    .filter((name) => leftOut.every((one) => one.name !== name))
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
  return { starters: [...starters, bare], leftOut };
}
