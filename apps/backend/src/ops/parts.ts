import { createHash } from "node:crypto";
import { type Html, html } from "./html.ts";
import type { Read } from "./reading.ts";

/** A column of a table; numbers stand right. */
export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** A cell: text, or HTML. */
export type Cell = string | number | Html;

/** A table that can be scrolled sideways by itself, with the keyboard too. */
export function table(name: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Html {
  const kind = (i: number): string => (columns[i]!.isNumber ? "number" : "text");
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${name}"><table>
<thead><tr>${columns.map(({ title }, i) => html`<th scope="col" class="${kind(i)}">${title}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, i) => html`<td class="${kind(i)}">${cell}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

/** What is said where there is nothing to show. */
export function nothing(text: string | Html): Html {
  return html`<p class="nothing">${text}</p>`;
}

/** What was read, or that it could not be. */
export function known<T>(
  { value, failed }: Read<T>,
  show: (value: T) => Html,
  failure = "The server does not answer.",
): Html {
  if (value !== undefined) return show(value);
  return failed ? html`<p class="bad">✗ ${failure}</p>` : nothing("Looking…");
}

/** The first of many, and how many more there are. */
export function firstOf<T>(all: readonly T[], most: number, show: (some: readonly T[]) => Html): Html {
  const more = all.length - most;
  return html`${show(all.slice(0, most))}${more > 0 ? nothing(`and ${more} more`) : ""}`;
}

/** A mark with a word: colours alone tell nobody who cannot see them. */
export function verdict(ok: boolean, text: string): Html {
  return html`<span class="${ok ? "good" : "bad"}">${ok ? "✓" : "✗"} ${text}</span>`;
}

/** A statement's text, cut where it would fill the page. */
export function sql(text: string, most = 200): Html {
  const line = text.replace(/\s+/g, " ").trim();
  return html`<code>${line.length > most ? `${line.slice(0, most)}…` : line}</code>`;
}

/** An id that stays with what it is made of, so that what is open on the page stays open. */
export function stableId(prefix: string, ...parts: readonly (string | undefined)[]): string {
  return `${prefix}-${createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 12)}`;
}

/** Letters of a text that are shown at most: a statement may be as long as what it stores. */
const MOST_TEXT = 5000;

/** Preformatted text that can be scrolled with the keyboard. */
export function preformatted(name: string, given: string): Html {
  const text = given.length > MOST_TEXT ? `${given.slice(0, MOST_TEXT)}…` : given;
  return html`<h3>${name}</h3><pre tabindex="0" role="group" aria-label="${name}">${text}</pre>`;
}
