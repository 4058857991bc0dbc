import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { REFERENCE, ROOT, titleOf } from "./pages.ts";

export interface Reference {
  /** The page of an error's code, or of an export that is named as one: `UNIQUE_VIOLATION`, `defineSchema`, `select(User)`. */
  pageFor(code: string): string | undefined;
  /** For a page of the reference, in Markdown: the guides that name what it is about. */
  guidesFor(page: string): string;
}

/** Ties guides and the reference together by the names of exports, which stand as code in guides. */
export function createReference(pages: readonly string[]): Reference {
  const named = new Map<string, string>();
  const several = new Set<string>();
  for (const page of pages) {
    const name = posix.basename(page, ".md");
    if (page.startsWith("docs/errors/") && name !== "README") named.set(name, page);
    if (!page.startsWith(`${REFERENCE}/`) || name === "README") continue;
    if (named.has(name)) several.add(name); // it means one thing here and another there
    named.set(name, page);
  }
  for (const name of several) named.delete(name);

  const guides = new Map<string, Set<string>>();
  for (const guide of pages.filter((page) => /^docs\/[^/]+\.md$/.test(page))) {
    for (const name of namesIn(guide)) {
      const page = named.get(name);
      if (page !== undefined) guides.set(page, (guides.get(page) ?? new Set()).add(guide));
    }
  }
  return {
    pageFor: (code) => named.get(nameIn(code)),
    guidesFor: (page) => {
      const links = [...(guides.get(page) ?? [])].map(
        (guide) => `[${titleOf(guide)}](${posix.relative(posix.dirname(page), guide)})`,
      );
      return links.length === 0 ? "" : `## In the guides\n\n${links.join(", ")}`;
    },
  };
}

/**
 * The name that a piece of code is about. Words of one lower-case word (`text`, `check`) are names only where they are called:
 * they may be any word.
 */
function nameIn(code: string): string {
  const [, name = "", call] = /^(?:new |errors\.)?(\w+)(\(.*\))?$/s.exec(code) ?? [];
  return call !== undefined || /[A-Z]/.test(name) ? name : "";
}

/** The names in the code of a guide, in its text and in its blocks. */
function namesIn(guide: string): Set<string> {
  const text = readFileSync(`${ROOT}/${guide}`, "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```/gms)].flatMap(([, block = ""]) => [
    ...block.matchAll(/\b\w+\b(?:\()?/g),
  ]);
  const inline = [...text.replace(/^```.*?^```/gms, "").matchAll(/`([^`]+)`/g)].map(([, code = ""]) => nameIn(code));
  return new Set([...inline, ...blocks.map(([word]) => nameIn(word.replace("(", "()")))]);
}
