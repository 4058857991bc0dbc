import { existsSync, statSync } from "node:fs";
import { relative } from "node:path";
import type { MarkdownRenderer } from "vitepress";
import { placeOf } from "../links.ts";
import { addressOf, ROOT } from "../pages.ts";
import type { Reference } from "../reference.ts";

type Tokens = ReturnType<MarkdownRenderer["parse"]>;
type Token = Tokens[number];
type State = Parameters<Parameters<MarkdownRenderer["core"]["ruler"]["push"]>[1]>[0];

export interface Site {
  /** From the repository's root. */
  readonly pages: ReadonlySet<string>;
  readonly reference: Reference;
  /** Files that pages link to and that are no pages, filled while pages are read. */
  readonly sources: Set<string>;
}

/**
 * Reads pages as they are in the repository: links to pages, folders and files lead to where these are in the site, and code
 * that is an error's code or the name of an export is a link to its page.
 *
 * @throws where a link leads to nothing, which ends the build.
 */
export function readForSite(md: MarkdownRenderer, { pages, reference, sources }: Site): void {
  const fileOf = ({ env }: State): string => relative(ROOT, (env.realPath ?? env.path) as string);

  md.core.ruler.before("normalize", "guides", (state) => {
    const guides = reference.guidesFor(fileOf(state));
    if (guides !== "") state.src += `\n\n${guides}\n`;
  });

  md.core.ruler.push("places", (state) => {
    const file = fileOf(state);
    for (const [index, block] of state.tokens.entries()) {
      const isHeading = state.tokens[index - 1]?.type === "heading_open";
      if (block.children !== null) block.children = led(state, file, block.children, isHeading);
    }
  });

  function led(state: State, file: string, tokens: Tokens, isHeading: boolean): Tokens {
    const open: Token[] = [];
    return tokens.flatMap((token) => {
      if (token.type === "link_open") {
        lead(token, file);
        open.push(token);
      } else if (token.type === "link_close") {
        token.tag = open.pop()?.tag ?? token.tag;
      } else if (token.type === "code_inline" && open.length === 0 && !isHeading) {
        const page = reference.pageFor(token.content);
        if (page !== undefined && page !== file) return linked(state, token, page);
      }
      return [token];
    });
  }

  function lead(link: Token, file: string): void {
    const href = link.attrGet("href") ?? "";
    const place = placeOf(file, href);
    if (place === undefined || href.startsWith("#")) return;
    const { path, anchor } = place;
    const page = [path, `${path}/README.md`.replace(/^\.\//, "")].find((one) => pages.has(one));
    if (page !== undefined) {
      link.attrSet("href", `/${addressOf(page)}${anchor && `#${anchor}`}`);
    } else if (!existsSync(`${ROOT}/${path}`)) {
      throw new Error(`${file} links to ${href}, which is not there`);
    } else if (statSync(`${ROOT}/${path}`).isDirectory()) {
      link.tag = "span";
      link.attrs = null;
    } else {
      sources.add(path);
      link.attrSet("href", `/${sourceAddress(path)}`);
      link.attrSet("target", "_blank");
    }
  }

  function linked(state: State, code: Token, page: string): Tokens {
    const open = new state.Token("link_open", "a", 1);
    open.attrSet("href", `/${addressOf(page)}`);
    return [open, code, new state.Token("link_close", "a", -1)];
  }
}

/** Where a file of the repository that is no page is in the site: as text. */
export function sourceAddress(path: string): string {
  return `source/${path}.txt`;
}
