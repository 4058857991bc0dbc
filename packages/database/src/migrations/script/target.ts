import { RevisionNotSupported } from "../errors.ts";

/** A parsed target: where to start (the current revision when there is no symbol) and how many steps from there. */
export interface Target {
  readonly symbol: string | undefined;
  readonly offset: number;
}

/** What a revision's id never contains, because targets and ranges are written with them; white space neither. */
export const RESERVED_CHARACTERS = /[@+:\s-]/;

/**
 * Reads `symbol`, `+N`, `-N` or `symbol+N`, `symbol-N` (Alembic, "Relative Migration Identifiers"). A symbol is a
 * revision's id or its beginning, `head`, `heads` or `base`; whether it exists is the graph's to say.
 */
export function parseTarget(text: string): Target {
  if (text.includes("@")) {
    throw new RevisionNotSupported(`"${text}" names a branch label; branch labels are not supported. Name a revision.`);
  }
  const match = /^([^+-]*)([+-]\d+)?$/.exec(text);
  if (match === null || text === "") return { symbol: text, offset: 0 };
  return { symbol: match[1] === "" ? undefined : match[1], offset: Number(match[2] ?? 0) };
}
