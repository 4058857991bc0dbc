import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./packed.ts";
import { FULL } from "./sample.ts";

/** Of each major version that is supported, the release that is tried. */
const VERSIONS: Readonly<Record<string, string>> = {
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
  18: "18.4.0-beta.17",
};

it("is told which versions of PostgreSQL are supported", () => {
  const guide = readFileSync(join(root, "docs/versions.md"), "utf8");
  const rows = [...guide.matchAll(/^\| (\d+) \(([\d.]+)\) \|/gm)].map(([, major, release]) => [major, release]);
  expect(rows).toEqual(Object.entries(VERSIONS).map(([major, version]) => [major, version.replace(/\.0-.*/, "")]));
});

// It needs the registry, and minutes; what it imports takes seconds.
if (FULL) (await import("./each-postgresql.ts")).tryEach(VERSIONS);
