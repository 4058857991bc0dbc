/** A block that is compiled and not run. */
export interface NotRun {
  readonly guide: string;
  /** What it holds and no other block of the guide. */
  readonly has: string;
  readonly why: string;
}

const followed = "run in an app by test/docs/followed.ts in the whole check";
const vitest = "its hooks belong to a test run of their own; the examples' tests begin in this way";
const elsewhere = (file: string): string => `run by packages/database/test/${file}, which looks at what it prints`;

export const NOT_RUN: readonly NotRun[] = [
  { guide: "docs/start.md", has: "// test/sets.test.ts", why: followed },
  { guide: "docs/testing.md", has: 'from "vitest"', why: vitest },
  { guide: "docs/monitoring.md", has: "// src/watch.ts", why: elsewhere("monitoring/guide.test.ts") },
  { guide: "docs/backups.md", has: "// back-up.ts", why: elsewhere("backup/guide.test.ts") },
];
