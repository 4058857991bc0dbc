import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Of the repository. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Where TypeDoc writes the reference. */
export const REFERENCE = "site/reference";

/** Folders whose Markdown is in the site; those below them are, too. */
const FOLDERS = ["docs", "packages", "apps", "benchmarks", "examples", REFERENCE];

/** Not ours, or no documentation: what is installed, what is built, what `hypertroq init` writes. */
const OUTSIDE = /(^|\/)(node_modules|dist|bundle|starter|\.[^/]+)\//;

/** The Markdown files that the site is made of, from the repository's root. */
export function listPages(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(`${ROOT}/${folder}`, { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (OUTSIDE.test(`${path}/`)) return [];
      if (entry.isDirectory()) return below(path);
      return path.endsWith(".md") ? [path] : [];
    });
  const top = readdirSync(ROOT).filter((name) => name.endsWith(".md"));
  return [...top, ...FOLDERS.flatMap((folder) => (folder === REFERENCE && !hasReference() ? [] : below(folder)))];
}

function hasReference(): boolean {
  return readdirSync(`${ROOT}/site`).includes("reference");
}

/** Where a page is in the site: guides and the reference at the top, what is about the project by itself; READMEs come first. */
export function addressOf(page: string): string {
  return page
    .replace(/^(?!README)[A-Z]+\.md$/, (name) => `project/${name.toLowerCase()}`)
    .replace(/^docs\//, "")
    .replace(`${REFERENCE}/`, "reference/")
    .replace(/(^|\/)README\.md$/, "$1index.md");
}

/** A page's first heading. */
export function titleOf(page: string): string {
  const [, title = page] = /^# (.*)$/m.exec(readFileSync(`${ROOT}/${page}`, "utf8")) ?? [];
  return title.replaceAll(/[`\\]/g, "");
}
