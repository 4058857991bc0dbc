import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { inBenchmarks, isOlderThan } from "../contestants/peers.ts";
import { findPython } from "../racers/python.ts";
import type { LeftOut } from "../racers/racer.ts";
import { APPS, type App, alembic } from "./apps.ts";
import { type Starter, timeOf } from "./starter.ts";

const HELP = "a command's --help, from its start to its end";
const CURRENT = "the command that tells which migrations a database has, which has one";

/** Writes everybody's app, migrates a database of its own for it, and returns the commands to be timed. */
export async function commands(
  server: EmbeddedPostgres,
): Promise<{ readonly starters: readonly Starter[]; readonly leftOut: readonly LeftOut[] }> {
  const python = await findPython("alembic", "psycopg2");
  const starters: Starter[] = [];
  const leftOut: LeftOut[] = [];
  for (const app of [...APPS, alembic(python)]) {
    const { name, command, node, migrate, current, prints } = app;
    if (command === undefined) {
      leftOut.push({ name: `${name}'s command`, reason: "it is not installed; see benchmarks/README.md" });
      continue;
    }
    if (node !== undefined && isOlderThan(node)) {
      leftOut.push({ name: `${name}'s command`, reason: `it needs Node ${node}` });
      continue;
    }
    const cwd = await written(app);
    const database = await server.createDatabase(`start_${name.replaceAll("-", "_")}`);
    const common = { name, cwd, env: { DATABASE_URL: database } };
    starters.push({ ...common, task: HELP, command: [...command, "--help"] });
    if (migrate === undefined || current === undefined) continue;
    await timeOf({ ...common, task: "its migration", command: [...command, ...migrate] });
    starters.push({ ...common, task: CURRENT, command: [...command, ...current], prints: prints! });
  }
  for (const task of [HELP, CURRENT]) {
    starters.push({ name: "node, nothing else", task, command: [process.execPath, "-e", "0"] });
    if (python !== undefined) starters.push({ name: "python, nothing else", task, command: [python, "-c", "0"] });
  }
  return { starters, leftOut };
}

async function written({ name, home, files }: App): Promise<string> {
  const folder = inBenchmarks(`${home}/start/apps/${name}/`);
  await rm(folder, { recursive: true, force: true });
  for (const [path, text] of Object.entries({ ".keep": "", ...files })) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return folder;
}
