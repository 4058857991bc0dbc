import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { placeOf, slugOf } from "../site/links.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What is in the repository, or will be with the next commit. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "");

/** A page's text without code, in which what looks like a link is none, and the names of its headings. */
function read(file: string): { readonly prose: string; readonly anchors: ReadonlySet<string> } {
  const prose = readFileSync(`${root}/${file}`, "utf8").replace(/^( *)(`{3,}).*?^\1\2$/gms, "");
  const anchors = new Set<string>();
  for (const [, heading = ""] of prose.matchAll(/^#{1,6} (.*)$/gm)) {
    const slug = slugOf(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return { prose: prose.replace(/(`+).+?\1/gs, "`"), anchors };
}

const pages = new Map(files.filter((file) => file.endsWith(".md")).map((file) => [file, read(file)]));
const folders = new Set(files.flatMap((file) => parents(file)));

function parents(file: string): string[] {
  const parent = posix.dirname(file);
  return parent === "." ? [parent] : [parent, ...parents(parent)];
}

function linksOf(file: string): string[] {
  const { prose } = pages.get(file)!;
  return [...prose.matchAll(/\]\(<?([^)>\s]+)|^\[[^\]]+\]: (\S+)|(?:src|href)="([^"]+)"/gm)].map(
    ([, inline, reference, html]) => (inline ?? reference ?? html)!,
  );
}

test("every link in a page leads to a file or a heading that is there", () => {
  const dead: string[] = [];
  for (const file of pages.keys()) {
    for (const link of linksOf(file)) {
      const place = placeOf(file, link);
      if (place === undefined) continue;
      const { path, anchor } = place;
      const isThere = files.includes(path) || folders.has(path);
      if (!isThere || (anchor !== "" && pages.get(path)?.anchors.has(anchor) !== true)) dead.push(`${file}: ${link}`);
    }
  }
  expect(dead).toEqual([]);
});

test("every page below docs/ is found from the README", () => {
  const found = new Set(["README.md"]);
  for (const file of found) {
    for (const link of linksOf(file)) {
      const path = placeOf(file, link)?.path ?? "";
      for (const page of [path, posix.join(path, "README.md")]) if (pages.has(page)) found.add(page);
    }
  }
  expect([...pages.keys()].filter((file) => file.startsWith("docs/") && !found.has(file))).toEqual([]);
});
