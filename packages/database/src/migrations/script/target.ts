/** A target, taken apart. */
export interface Target {
  /** What stands before `@`: a branch label or a revision. */
  readonly branch: string | undefined;
  /** Where to start: a revision, a label or a word; undefined: where the database is. */
  readonly symbol: string | undefined;
  /** How many generations from there, up or down. */
  readonly offset: number;
}

/**
 * Reads `(branch@)(symbol)(+N|-N)` (Alembic, "Relative Migration Identifiers" and "Working with Branches"). A symbol is a
 * revision's id or its beginning, a branch label, `head`, `heads` or `base`; whether it exists is the graph's to say.
 */
export function parseTarget(text: string): Target {
  const at = text.indexOf("@");
  const rest = text.slice(at + 1);
  const [, symbol = "", offset] = /^(.*?)([+-]\d+)?$/s.exec(rest)!;
  return {
    branch: at < 0 ? undefined : text.slice(0, at),
    symbol: symbol === "" && offset !== undefined ? undefined : symbol,
    offset: Number(offset ?? 0),
  };
}
