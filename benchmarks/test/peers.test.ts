import { expect, it } from "vitest";
import { isOlderThan, leftOutOf, PEERS, whyNot } from "../src/contestants/peers.ts";

it("compares versions of Node as numbers", () => {
  expect(isOlderThan(process.versions.node)).toBe(false);
  expect(isOlderThan("9.99.99")).toBe(false);
  expect(isOlderThan("100.0.0")).toBe(true);
  const [major] = process.versions.node.split(".") as [string];
  expect(isOlderThan(`${major}.999`)).toBe(true);
});

it("says why somebody is left out, and how to have them take part", () => {
  expect(whyNot("package.json")).toBeUndefined();
  expect(whyNot("peers/dist/nobody.js")).toBe("it is not installed: npm ci --prefix benchmarks/peers");
  const next = isOlderThan("26.8.2")
    ? `it needs Node 26.8.2, and this is ${process.versions.node}`
    : "it is not installed: npm ci --prefix benchmarks/peers-next";
  expect(whyNot("peers-next/dist/nobody.js")).toBe(next);
});

it("leaves out nobody who is installed with the repository", () => {
  expect(leftOutOf(["ours", "pg"])).toEqual([]);
  for (const { name } of leftOutOf(Object.keys(PEERS))) expect(Object.keys(PEERS)).toContain(name);
});
