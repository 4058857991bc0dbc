import type { SlowQuerySummary } from "@hypertroq/database/monitoring";
import { ago, count, milliseconds } from "../format.ts";
import { type Html, html } from "../html.ts";
import { firstOf, nothing, preformatted, sql, stableId } from "../parts.ts";
import { frames, place } from "../place.ts";
import type { Section } from "./section.ts";

/** The slow statements since the process began, with their plan and their place in the code. */
export const slowQueries: Section = {
  id: "slow",
  title: "Slow statements",
  width: "whole",
  body: ({ slowQueries }) =>
    slowQueries.length === 0
      ? nothing("No statement has taken longer than DB_SLOW_QUERY_MS since the process began.")
      : firstOf(slowQueries, 20, (some) => html`<div class="entries">${some.map(slowHtml)}</div>`),
};

function slowHtml({
  text,
  stack,
  count: times,
  longest,
  milliseconds: latest,
  rows,
  last,
  plan,
}: SlowQuerySummary): Html {
  return html`<details id="${stableId("slow", text, stack[0])}"><summary>
<span class="figure">${milliseconds(longest)}</span> <span class="times">× ${count(times)}</span> ${sql(text)} <small>${place(stack) ?? ""}</small>
</summary>
<p>Last ${ago(last)}: ${milliseconds(latest)}, ${count(rows)} ${rows === 1 ? "row" : "rows"}.</p>
${preformatted("Statement", text)}
${stack.length === 0 ? "" : preformatted("Place in the code", frames(stack).join("\n"))}
${plan === undefined ? nothing("There is no plan of it.") : preformatted("Plan, whatever the values", plan)}
</details>`;
}
