import { posix } from "node:path";

/** The name of a heading in its page's address, as forges make it; the second of one name has `-1` behind it. */
export function slugOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "")
    .replaceAll(" ", "-");
}

/** A place in the repository. */
export interface Place {
  /** From the repository's root; a directory without a slash at its end, the root as ".". */
  readonly path: string;
  readonly anchor: string;
}

/** Where a link in a file of the repository leads to; undefined: out of it. */
export function placeOf(file: string, link: string): Place | undefined {
  if (/^([a-z][a-z+.-]*:|\/\/)/i.test(link)) return undefined;
  const [path = "", anchor = ""] = decodeURI(link).split("#");
  const joined = path === "" ? file : posix.join(posix.dirname(file), path);
  return { path: joined.replace(/(?<=.)\/$/, ""), anchor };
}
