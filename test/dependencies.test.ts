import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./packed.ts";

interface Manifest {
  readonly name: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}
const read = (path: string): Manifest => JSON.parse(readFileSync(join(root, path), "utf8"));

const guide = `\n${readFileSync(join(root, "docs/dependencies.md"), "utf8")}`;
/** Rows of the tables below a heading, those of headings below it too. */
function listed(heading: string): readonly (readonly [name: string, licence: string])[] {
  const depth = /^#+/.exec(heading)![0].length;
  const [, part = ""] = guide.split(`\n${heading}\n`);
  const [section] = part.split(new RegExp(`^#{1,${depth}} `, "m"));
  return [...section!.matchAll(/^\| `([^`]+)` \|[^|]*\|[^|]*\| ([^|]+) \|/gm)].map(([, name, licence]) => [
    name!,
    licence!,
  ]);
}
const names = (heading: string): readonly string[] => [...new Set(listed(heading).map(([name]) => name))].sort();

/** What workspaces depend on, of these kinds, without each other. */
function wanted(folders: readonly string[], kinds: readonly (keyof Manifest)[]): readonly string[] {
  const manifests = folders.map((folder) => read(join(folder, "package.json")));
  const all = manifests.flatMap((manifest) => kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {})));
  return [...new Set(all)].filter((name) => !name.startsWith("@hypertroq/")).sort();
}
const RUNTIME = ["dependencies", "optionalDependencies", "peerDependencies"] as const;

it("lists what users install", () => {
  expect(names("### @hypertroq/database")).toEqual(wanted(["packages/database"], RUNTIME));
  expect(names("### @hypertroq/embedded-postgres")).toEqual(wanted(["packages/embedded-postgres"], RUNTIME));
  expect(names("### create-hypertroq")).toEqual(wanted(["packages/create-hypertroq"], RUNTIME));
});

it("lists what the backend and the benchmarks need, and what all are developed with", () => {
  expect(names("## The backend")).toEqual(wanted(["apps/backend"], [...RUNTIME, "devDependencies"]));
  const benchmarks = wanted(["benchmarks"], [...RUNTIME, "devDependencies"]);
  const elsewhere = names("## Development");
  expect(names("## Benchmarks")).toEqual(benchmarks.filter((name) => !elsewhere.includes(name)));
  const rest = ["examples", "site"].filter((folder) => existsSync(join(root, folder, "package.json")));
  const development = [
    ...wanted(
      [".", "packages/database", "packages/embedded-postgres", "packages/create-hypertroq"],
      ["devDependencies"],
    ),
    ...wanted(rest, [...RUNTIME, "devDependencies"]),
  ];
  const users = names("## What a user installs");
  expect(elsewhere).toEqual(
    [...new Set(development)].filter((name) => !users.includes(name) || name === "@types/pg").sort(),
  );
});

it("says the licence of each, as the lock files have it", () => {
  const locks = ["package-lock.json", "site/package-lock.json"].filter((path) => existsSync(join(root, path)));
  const packages = Object.assign({}, ...locks.map((path) => (read(path) as unknown as { packages: object }).packages));
  for (const [name, licence] of listed("# Dependencies")) {
    const places = ["", "packages/database/", "apps/backend/", "benchmarks/"].map(
      (folder) => `${folder}node_modules/${name}`,
    );
    const entry = packages[places.find((place) => place in packages)!] as Manifest | undefined;
    expect({ name, licence }).toEqual({ name, licence: entry?.license });
  }
});

it("lists what the app that is written for users needs", () => {
  const starter = read("packages/database/starter/package.json.template");
  const needs = Object.keys({ ...starter.dependencies, ...starter.devDependencies });
  const [, part = ""] = guide.split("## The app that `hypertroq init` writes");
  for (const name of needs.filter((each) => !each.startsWith("@hypertroq/")))
    expect(part.split("\n## ")[0]).toContain(`\`${name}\``);
});
