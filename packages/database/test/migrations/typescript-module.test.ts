import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { importProblem } from "../../src/migrations/script/import-module.ts";
import { importTypeScript } from "../../src/migrations/script/typescript-module.ts";
import { type TemporaryApp, temporaryApp } from "./temporary-app.ts";

let app: TemporaryApp;
beforeEach(async () => {
  app = await temporaryApp();
});
afterEach(() => app[Symbol.asyncDispose]());

/** Writes the files, and imports the first. */
async function importing(files: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> {
  for (const [path, text] of Object.entries(files)) await app.write(path, text);
  return importTypeScript(join(app.root, Object.keys(files)[0]!));
}

test("what TypeScript's own rules find: endings left out, .js for .ts, a folder's index, another ending, JSON", async () => {
  const found = await importing({
    "a.ts": `
      import { b } from "./b";
      import { c } from "./c.js";
      import { d } from "./d";
      import e from "./e.mts";
      import data, { type Shape } from "./data.json";
      export { default as f } from "./f.cjs";
      export * from "./g.ts";
      export default { b, c, d, e, data: data satisfies Shape };`,
    "b.ts": "export const b: string = 'b';",
    "c.ts": "export const c = 'c' as const;",
    "d/index.ts": "export enum d { one = 1 }",
    "e.mts": "const e = await Promise.resolve('e'); export default e;",
    "data.json": '{ "n": 1 }',
    "f.cjs": "module.exports = { name: 'f' };",
    "g.ts": "export let g = 0; export function raise(): number { return ++g; }",
  });
  expect(found["default"]).toEqual({ b: "b", c: "c", d: { one: 1, 1: "one" }, e: "e", data: { n: 1 } });
  expect(found["f"]).toEqual({ name: "f" });
  expect((found["raise"] as () => number)()).toBe(1);
  expect(found["g"]).toBe(1); // a binding, not a copy
});

test("packages are Node's: the default of an ES module and of a CommonJS one, a namespace, a name, a builtin", async () => {
  await app.write("node_modules/esm/package.json", '{ "type": "module", "exports": "./index.js" }');
  await app.write("node_modules/esm/index.js", "export default class A {} export const one = 1;");
  await app.write("node_modules/cjs/index.js", "exports.two = 2;");
  const found = await importing({
    "a.ts": `
      import A, { one } from "esm";
      import * as esm from "esm";
      import cjs, { two } from "cjs";
      import { sep } from "node:path";
      import os from "node:os";
      export default { A, one, same: esm.default === A, names: Object.keys(esm), cjs, two, sep, os: typeof os.tmpdir };
      export const later = async () => (await import("esm")).default;`,
  });
  const entry = pathToFileURL(join(app.root, "node_modules/esm/index.js")).href;
  const { default: A } = (await import(entry)) as { default: unknown };
  const all = found["default"] as Record<string, unknown>;
  expect(all).toMatchObject({ one: 1, same: true, cjs: { two: 2 }, two: 2, sep: "/", os: "function" });
  expect(all["names"]).toEqual(["default", "one"]);
  expect(await (found["later"] as () => Promise<unknown>)()).toBe(all["A"]);
  expect(String(all["A"])).toBe(String(A));
});

test("a package whose source is TypeScript, as those of a workspace have it", async () => {
  await app.write("node_modules/work/package.json", '{ "exports": "./src/index.ts" }');
  await app.write("node_modules/work/src/index.ts", 'export { size } from "./size.ts"; export const own: number = 1;');
  await app.write("node_modules/work/src/size.ts", "export const size: number = 2;");
  expect(await importing({ "a.ts": 'export { own, size } from "work";' })).toMatchObject({ own: 1, size: 2 });
});

test("modules that import each other: each runs once, and what it exports is there when it is used", async () => {
  const found = await importing({
    "a.ts": `
      import { b } from "./b.ts";
      import { shared } from "./shared.ts";
      export const a = () => "a";
      export default () => [b(), shared.runs];`,
    "b.ts": 'import { a } from "./a.ts"; import "./shared.ts"; export const b = () => a() + "b";',
    "shared.ts": "export const shared = { runs: 0 }; shared.runs++;",
  });
  expect((found["default"] as () => unknown)()).toEqual(["ab", 1]);
});

test("one module asked for by many at once is there for all of them when it is whole", async () => {
  await app.write("slow.ts", "await new Promise((r) => setTimeout(r, 20)); export const done = true;");
  await app.write("x.ts", 'export { done } from "./slow.ts";');
  await app.write("y.ts", 'export { done } from "./slow.ts";');
  const names = ["x.ts", "y.ts", "slow.ts"].map((name) => importTypeScript(join(app.root, name)));
  expect((await Promise.all(names)).map(({ done }) => done)).toEqual([true, true, true]);
});

test("it knows where it is", async () => {
  const found = await importing({
    "a.ts": `
      export const url = import.meta.url;
      export const dirname = import.meta.dirname;
      export const filename = import.meta.filename;
      export const other = import.meta.resolve("./b.ts");`,
    "b.ts": "",
  });
  const file = join(app.root, "a.ts");
  expect(found).toMatchObject({ url: pathToFileURL(file).href, dirname: app.root, filename: file });
  expect(fileURLToPath(found["other"] as string)).toBe(join(app.root, "b.ts"));
});

test("an edited file is imported anew, and not while it is as it was; what it imports stays", async () => {
  const file = join(app.root, "a.ts");
  await app.write("b.ts", "export const b = {};");
  const text = 'import { b } from "./b.ts"; export const a = { b };';
  const [first, again, edited] = [
    await importTypeScript(file, text),
    await importTypeScript(file, text),
    await importTypeScript(file, `${text} // edited`),
  ] as { a: { b: object } }[];
  expect(again!.a).toBe(first!.a);
  expect(edited!.a).not.toBe(first!.a);
  expect(edited!.a.b).toBe(first!.a.b);
});

test("errors are the user's own, with the place, and a file that was mended is imported after all", async () => {
  const reason = (files: Readonly<Record<string, string>>): Promise<string> =>
    importing(files).then(() => "it was imported", importProblem);
  expect(await reason({ "a.ts": "\n\nthrow new Error('no coffee');" })).toBe(
    `no coffee at ${join(app.root, "a.ts")}:3`,
  );
  expect(await reason({ "a.ts": 'import "./b.ts";', "b.ts": "const b: string = 'b';\nawait b.c.d;" })).toMatch(
    /Cannot read properties of undefined \(reading 'd'\) at .*b\.ts:2$/,
  );
  expect(await reason({ "a.ts": "\nconst = 1;" })).toBe(`ParseError: Unexpected token at ${join(app.root, "a.ts")}:2`);
  expect(
    await reason({ "a.ts": 'import "./c.ts";', "c.ts": "export const c = 1;\n\nconst d = { e: 1 f: 2 };" }),
  ).toMatch(/\/c\.ts:3$/);
  expect(await reason({ "a.ts": 'import "./missing.ts";' })).toMatch(/Cannot find module '.*missing\.ts'/);
  expect(await reason({ "a.ts": 'import "no-such-package";' })).toMatch(/Cannot find package 'no-such-package'/);
  expect(await reason({ "a.ts": "export const a = 1;" })).toBe("it was imported");
});
