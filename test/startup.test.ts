import { fileURLToPath } from "node:url";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Loaded, modulesOf } from "./loaded-modules.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const backend = `${root}apps/backend`;
const program = `${root}packages/database/bin/hypertroq.js`;

let server: EmbeddedPostgres;
beforeAll(async () => {
  server = await EmbeddedPostgres.start();
});
afterAll(() => server.stop({ mode: "immediate" }));

/** The verb in the backend, the second time: what it translates is kept then. */
async function warm(...words: readonly string[]): Promise<Loaded> {
  const options = { cwd: backend, env: { DATABASE_URL: server.url } };
  await modulesOf([program, ...words], options);
  return modulesOf([program, ...words], options);
}

const parts = ({ files }: Loaded, part: RegExp): readonly string[] => files.filter((file) => part.test(file));

it("answers from few files: no compiler, no validator's hundreds, no models, and nothing of fetch", async () => {
  for (const verb of ["current", "heads", "history"]) {
    const loaded = await warm(verb);
    expect(parts(loaded, /babel|node_modules\/typebox|backend\/src\/models|database\/(dist|src)/)).toEqual([]);
    expect(loaded.builtins.filter((name) => name.includes("undici"))).toEqual([]);
    expect(parts(loaded, /packages\/database/).length).toBeLessThanOrEqual(18);
    expect(loaded.files.length).toBeLessThanOrEqual(70);
  }
});

it("needs no driver where no database is asked", async () => {
  const heads = await warm("heads");
  expect(heads.stdout).toContain("(head)");
  expect(parts(heads, /node_modules\/pg/)).toEqual([]);
  expect(parts(await warm("--help"), /node_modules\/(?!commander\/)/)).toEqual([]);
});

it("is imported from few files", async () => {
  const words = ["--input-type=module", "--eval", 'await import("@hypertroq/database")'];
  const loaded = await modulesOf(words, { cwd: backend });
  expect(parts(loaded, /node_modules\/(?!pg|postgres-|xtend)/)).toEqual([]); // the driver and what it asks for
  expect(parts(loaded, /packages\/database/).length).toBeLessThanOrEqual(16);
});
