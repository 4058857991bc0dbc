import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A fenced block of a guide. */
export interface Block {
  /** Its path in the repository. */
  readonly guide: string;
  /** Of the fence, so that the block's first line is one further. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** What is read to learn how things are done: all but the decisions, and the record of what was changed. */
export const GUIDES: readonly string[] = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "apps/backend/README.md", "benchmarks/README.md"],
  ...["examples/README.md", "packages/create-hypertroq/README.md", "packages/database/README.md"],
  ...["packages/database/starter/README.md", "packages/embedded-postgres/README.md"],
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md") && !file.startsWith("adr/"))
    .sort()
    .map((file) => `docs/${file}`),
];

export const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

export function blocksOf(guide: string): readonly Block[] {
  const source = read(guide);
  return [...source.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(({ 1: language = "", 2: text = "", index }) => ({
    guide,
    line: source.slice(0, index).split("\n").length,
    language,
    text,
  }));
}
