import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { COUNTS_FILE, countOf, deviations, type StoredCount, type StoredCounts } from "./counts.ts";

const git = (...words: string[]): string => {
  try {
    return execFileSync("git", words, {
      cwd: dirname(COUNTS_FILE),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return ""; // a copy without a history
  }
};

/** Every count with its path. */
function* entries(counts: StoredCounts): Generator<readonly [path: string, stored: StoredCount]> {
  for (const [section, things] of Object.entries(counts)) {
    for (const [name, figures] of Object.entries(things)) {
      for (const [figure, stored] of Object.entries(figures)) yield [`${section}, ${name}, ${figure}`, stored];
    }
  }
}

const reasonOf = (stored: StoredCount): string | undefined => (typeof stored === "number" ? undefined : stored.reason);

/** The counts that are higher than one that was stored before, with no reason or with one that was given for less. */
function raised(now: StoredCounts, before: readonly StoredCounts[]): readonly string[] {
  const found = new Set<string>();
  for (const version of before) {
    const earlier = new Map(entries(version));
    for (const [path, stored] of entries(now)) {
      const old = earlier.get(path);
      if (old === undefined || countOf(old) >= countOf(stored)) continue;
      const reason = reasonOf(stored)?.trim();
      if (!reason || reason === reasonOf(old)) found.add(`${path}: ${countOf(old)} became ${countOf(stored)}`);
    }
  }
  return [...found];
}

it("no stored count was raised without a reason", () => {
  const versions = git("log", "--format=%H", "--", "counts.json").split("\n").filter(Boolean);
  const before = versions.map((commit) => JSON.parse(git("show", `${commit}:./counts.json`)));
  expect(raised(JSON.parse(readFileSync(COUNTS_FILE, "utf8")), before)).toEqual([]);
});

it("tells a count that was raised, by whatever version it was lower in", () => {
  const counts = (stored: StoredCount): StoredCounts => ({ queries: { get: { roundTrips: stored } } });
  const because = (count: number, reason: string) => counts({ count, reason });
  const told = ["queries, get, roundTrips: 1 became 2"];
  expect(raised(counts(2), [counts(1)])).toEqual(told);
  expect(raised(counts(2), [counts(2), counts(1)])).toEqual(told);
  expect(raised(because(2, " "), [counts(1)])).toEqual(told);
  expect(raised(because(3, "a lock"), [because(2, "a lock"), counts(1)])).toEqual([
    "queries, get, roundTrips: 2 became 3",
  ]);
  expect(raised(because(2, "a lock"), [counts(1)])).toEqual([]);
  expect(raised(counts(1), [counts(2)])).toEqual([]);
  expect(raised(counts(2), [{}])).toEqual([]);
});

it("says what is more than stored, what is less, and what only one side knows", () => {
  const stored: StoredCounts = {
    queries: { get: { roundTrips: { count: 2, reason: "a lock" }, instantiations: 1000 }, list: { statements: 1 } },
  };
  const told = (get: Record<string, number>) => deviations("queries", { get, list: { statements: 1 } }, stored);
  expect(told({ roundTrips: 2, instantiations: 1009 })).toEqual([]);
  expect(told({ roundTrips: 3, instantiations: 1011 })).toEqual([
    'queries, "get": roundTrips rose from 2 to 3. Mend it, or raise it in test/counts.json: { "count": 3, "reason": "why it is worth it" }.',
    'queries, "get": instantiations rose from 1000 to 1011. Mend it, or raise it in test/counts.json: { "count": 1011, "reason": "why it is worth it" }.',
  ]);
  expect(told({ roundTrips: 1, instantiations: 960 })).toEqual([
    'queries, "get": roundTrips fell from 2 to 1. Store what is better in test/counts.json.',
    'queries, "get": instantiations fell from 1000 to 960. Store what is better in test/counts.json.',
  ]);
  expect(deviations("queries", { page: { parameters: 1 }, get: { roundTrips: 2, parameters: 1 } }, stored)).toEqual([
    'queries, "list": nothing measures it. Take it out of test/counts.json.',
    'queries, "page" is not in test/counts.json. Store {"parameters":1}.',
    'queries, "get": parameters is not in test/counts.json. Store 1.',
    'queries, "get": nothing measures instantiations. Take it out of test/counts.json.',
  ]);
});
