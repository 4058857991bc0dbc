import type { RepeatedStatement } from "@hypertroq/database/monitoring";
import { ago, count } from "../format.ts";
import { type Html, html } from "../html.ts";
import { firstOf, nothing, preformatted, sql, stableId } from "../parts.ts";
import { frames, place } from "../place.ts";
import type { Section } from "./section.ts";

/** Statements that one session sends again and again (N+1). */
export const repeated: Section = {
  id: "repeated",
  title: "Repeated statements (N+1)",
  width: "whole",
  body: ({ repeated }) =>
    repeated.length === 0
      ? nothing("No session has sent one statement again and again.")
      : firstOf(repeated, 20, (some) => html`<div class="entries">${some.map(repeatedHtml)}</div>`),
};

function repeatedHtml({ text, times, stack, at }: RepeatedStatement): Html {
  return html`<details id="${stableId("repeated", text, stack[0])}"><summary>
<span class="figure">${count(times)} times</span> ${sql(text)} <small>${place(stack) ?? ""}</small>
</summary>
<p>Found ${ago(at)}, in one session. Can one statement do the work of all, with IN, a join or an include?</p>
${preformatted("Statement", text)}
${stack.length === 0 ? "" : preformatted("Place in the code", frames(stack).join("\n"))}
</details>`;
}
