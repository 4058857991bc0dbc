import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { homeOf, link, PACKAGES, packOnce, root } from "./packed.ts";

/** What is published, and why. */
const KINDS: Readonly<Record<string, RegExp>> = {
  "what npm shows, and reads": /^(package\.json|README\.md|LICENSE)$/,
  "what Node runs: docs/adr/013-startup.md": /^bundle\/[\w/-]+\.js$/,
  "the command, and the worker that a backup starts": /^bin\/[\w-]+\.js$/,
  "types that an import leads to": /^dist\/[\w/-]+\.d\.ts$/,
  "the app that `hypertroq init` writes": /^starter\/[\w/.-]+$/,
};

interface Manifest {
  readonly version: string;
  readonly type?: string;
  readonly license?: string;
  readonly engines?: { readonly node?: string };
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly private?: boolean;
}

let folder: string;
const packed = await packOnce();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hypertroq-contents-"));
  await link(folder, packed);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Files that those lead to, by imports that name one, and by `new URL` as the command has it. */
function reached(home: string, files: readonly string[]): ReadonlySet<string> {
  const found = new Set(files.map((file) => normalize(file)));
  for (const file of found) {
    const named = readFileSync(join(home, file), "utf8").matchAll(
      /(?:from|import|new URL)\s*\(?\s*"(\.[^"]+)\.([jt]s)"/g,
    );
    for (const [, path, kind] of named) {
      if (kind === "js") found.add(join(file, "..", `${path}.js`));
      else if (file.endsWith(".d.ts")) found.add(join(file, "..", `${path}.d.ts`));
    }
  }
  return found;
}

it("is all that is published", () => {
  const folders = readdirSync(join(root, "packages"));
  expect(packed.map(({ name }) => name)).toEqual(PACKAGES);
  expect(PACKAGES.map((name) => homeOf(name)).sort()).toEqual(
    folders.map((name) => join(root, "packages", name)).sort(),
  );
});

describe.each(PACKAGES)("%s", (name) => {
  const home = (): string => join(folder, "node_modules", name);
  const files = (): readonly string[] => packed.find((each) => each.name === name)!.files;
  const manifest = (): Manifest => JSON.parse(readFileSync(join(home(), "package.json"), "utf8"));

  it("has files of known kinds alone, and nothing that points nowhere", () => {
    for (const file of files()) {
      expect(
        Object.values(KINDS).filter((kind) => kind.test(file)),
        file,
      ).toHaveLength(1);
      const text = readFileSync(join(home(), file), "utf8");
      expect(text.includes("sourceMappingURL"), file).toBe(false);
      // The folder and the machine that it was built in are nobody's business.
      expect(text.includes(root), file).toBe(false);
    }
    expect(files()).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE"]));
    expect(readFileSync(join(home(), "LICENSE"), "utf8")).toBe(readFileSync(join(root, "LICENSE"), "utf8"));
  });

  it("has no file that nothing leads to", () => {
    const { exports = {}, bin = {} } = manifest();
    const entries = Object.values(exports).flatMap((entry) => (typeof entry === "string" ? [] : [entry]));
    const scripts = reached(home(), [...entries.map((entry) => entry.default), ...Object.values(bin)]);
    const types = reached(
      home(),
      entries.map((entry) => entry.types),
    );
    const code = files().filter((file) => /^(bundle|bin|dist)\//.test(file));
    expect(code.filter((file) => !scripts.has(file) && !types.has(file))).toEqual([]);
    for (const file of [...scripts, ...types]) expect(files(), file).toContain(file);
  });

  it("is found right by Node, bundlers and TypeScript", async () => {
    const tarball = readFileSync(packed.find((each) => each.name === name)!.file);
    const { buffer } = Uint8Array.from(tarball);
    expect((await publint({ pack: { tarball: buffer }, strict: true })).messages).toEqual([]);
    if (manifest().exports === undefined) return;
    const found = await checkPackage(createPackageFromTarballData(new Uint8Array(buffer)));
    if (found.types === false) throw new Error("There are no types.");
    // Two ways are not offered: that of Node 10, which knows no exports, and `require` for a TypeScript that thinks Node
    // cannot do it with modules.
    const wrong = found.problems.filter((problem) => {
      if (!("resolutionKind" in problem)) return true;
      const { resolutionKind, kind } = problem;
      return resolutionKind !== "node10" && !(resolutionKind === "node16-cjs" && kind === "CJSResolvesToESM");
    });
    expect(wrong).toEqual([]);
  });

  it("says what it is, and to whom", () => {
    const { version, type, license, engines, private: isPrivate, dependencies = {} } = manifest();
    const whole = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
    expect({ type, license, engines, isPrivate }).toEqual({ type: "module", license: "MIT", engines: whole.engines });
    const others = Object.entries(dependencies).filter(([other]) => (PACKAGES as readonly string[]).includes(other));
    for (const [other, range] of others) expect(range, other).toBe(`^${version}`);
    for (const path of Object.values(manifest().bin ?? {})) {
      expect(readFileSync(join(home(), path), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
  });
});
