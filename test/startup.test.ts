import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FaultProxy } from "../packages/database/test/faults/proxy.ts";
import { deviations } from "./counts.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { type Loaded, modulesOf } from "./loaded-modules.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const backend = `${root}apps/backend`;
const program = `${root}packages/database/bin/hypertroq.js`;

let database: TestDatabase;
let proxy: FaultProxy;
beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await FaultProxy.start(database.url);
});
afterAll(async () => {
  await proxy.close();
  await database.drop();
});

function run(verb: string): Promise<Loaded> {
  proxy.recording.clear();
  return modulesOf([program, ...verb.split(" ")], { cwd: backend, env: { DATABASE_URL: proxy.url } });
}

const parts = ({ files }: Loaded, part: RegExp): readonly string[] => files.filter((file) => part.test(file));

/** Files that became modules, all and those of the layer; and what went to the server. */
function countsOf(loaded: Loaded): Readonly<Record<string, number>> {
  const { recording } = proxy;
  return {
    files: loaded.files.length,
    ourFiles: parts(loaded, /packages\/database/).length,
    connections: recording.count("startup"),
    roundTrips: recording.roundTrips,
    statements: recording.flights.flat().length,
  };
}

it("verbs load as many files, and ask the server as often, as is stored", async () => {
  const counts: Record<string, Readonly<Record<string, number>>> = {};
  // What they translate is kept, and there is nothing left to do.
  for (const verb of ["upgrade head", "check"]) await run(verb);
  for (const verb of ["upgrade head", "current", "heads", "history", "check", "--help"]) {
    const loaded = await run(verb);
    counts[verb] = countsOf(loaded);
    if (verb === "check" || verb === "upgrade head") continue;
    // No compiler, no validator's hundreds, no models, and nothing of fetch.
    expect(parts(loaded, /babel|node_modules\/typebox|backend\/src\/models|database\/(dist|src)/)).toEqual([]);
    expect(loaded.builtins.filter((name) => name.includes("undici"))).toEqual([]);
    if (verb === "heads") expect(parts(loaded, /node_modules\/pg/)).toEqual([]); // no database, no driver
    if (verb === "--help") expect(parts(loaded, /node_modules\/(?!commander\/)/)).toEqual([]);
  }
  expect(deviations("verbs", counts)).toEqual([]);
});

it("is imported from few files", async () => {
  const words = ["--input-type=module", "--eval", 'await import("@hypertroq/database")'];
  const loaded = await modulesOf(words, { cwd: backend });
  expect(parts(loaded, /node_modules\/(?!pg|postgres-|xtend)/)).toEqual([]); // the driver and what it asks for
  const counts = { files: loaded.files.length, ourFiles: parts(loaded, /packages\/database/).length };
  expect(deviations("imports", { "@hypertroq/database": counts })).toEqual([]);
});
