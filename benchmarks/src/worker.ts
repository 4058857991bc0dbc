/** The program of a contestant that runs on Node: `node worker.js NAME SEMANTICS`; see racers/child.ts. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Semantics, WorkName } from "./client.ts";
import { CONTESTANTS } from "./contestants/index.ts";
import { inBenchmarks, PEERS } from "./contestants/peers.ts";
import { measure, measureAlone } from "./measure.ts";
import { pace } from "./pace.ts";
import type { Hello, Reply, Request } from "./racers/child.ts";
import { WORK_NAMES, WORKS } from "./works/index.ts";
import type { Input, Work } from "./works/work.ts";

const [name, semantics] = process.argv.slice(2);
const contestant = await CONTESTANTS[name!]!();
const scale = Number(process.env["BENCHMARK_SCALE"]);
const client = await contestant[semantics as Semantics](
  process.env["BENCHMARK_URL"]!,
  Number(process.env["BENCHMARK_CONNECTIONS"]),
);

// Ctrl-C reaches every process of the terminal. The parent decides, and closes our input.
process.on("SIGINT", () => {});

say({ version: versionOf(contestant.package), works: WORK_NAMES.filter((work) => work in client) });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    say({ result: await answer(JSON.parse(line)) });
  } catch (error) {
    say({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
await client.close();

function say(message: Hello | Reply): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function answer(request: Request): Promise<unknown> {
  const operation = client[request.work] as (input: unknown) => Promise<unknown>;
  const work = WORKS[request.work] as Work;
  if (request.do === "once") {
    const input = request.input as Input<WorkName>;
    return (await operation(work.revive?.(input) ?? input)) ?? null;
  }
  if (request.do === "pace") return await pace(() => operation(work.input(scale)), request);
  if (work.alone) return await measureAlone(() => work.input(scale), operation, request.seconds);
  return await measure(() => operation(work.input(scale)), request);
}

function versionOf(library: string): string {
  for (const folder of createRequire(inBenchmarks(PEERS[name!] ?? "dist/worker.js")).resolve.paths(library) ?? []) {
    const file = join(folder, library, "package.json");
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  }
  return "unknown";
}
