import type { LeftOut } from "./racers/racer.ts";
import type { Summary } from "./statistics.ts";

/** How a run tells how far it is, and how it is ended. */
export interface RunOptions {
  /** Is told how far it is. */
  readonly log: (line: string) => void;
  /** Ends it after what is under way. */
  readonly signal?: AbortSignal | undefined;
}

/** What a run that is no race found. */
export interface Findings<Standing> {
  readonly standings: readonly Standing[];
  readonly leftOut: readonly LeftOut[];
}

/** Some of it, as text for people. */
export interface Table {
  readonly title: string;
  /** What figures are. */
  readonly columns: readonly string[];
  /** A name and its figures each; those at the end may be absent. */
  readonly rows: readonly (readonly string[])[];
}

/** Tables one below another, with columns of one width for all, and who was left out. */
export function renderTables(tables: readonly Table[], leftOut: readonly LeftOut[]): string {
  const all = tables.flatMap(({ columns, rows }) => [["", ...columns], ...rows]);
  const [names, figures] = [all.map(([name]) => name!), all.flatMap(([, ...figures]) => figures)];
  const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));
  const [left, right] = [longest(names), longest(figures) + 3];
  const line = ([name, ...figures]: readonly string[]): string =>
    `  ${name!.padEnd(left)}${figures.map((figure) => figure.padStart(right)).join("")}`.trimEnd();
  return [
    ...tables.map(({ title, columns, rows }) => [title, ...[["", ...columns], ...rows].map(line)].join("\n")),
    ...leftOut.map(({ name, reason }) => `${name} was left out: ${reason}`),
  ].join("\n\n");
}

/** A median with its quartiles. */
export function spread({ median, lower, upper }: Summary, digits: number): string {
  return `${median.toFixed(digits)} (${lower.toFixed(digits)} – ${upper.toFixed(digits)})`;
}
