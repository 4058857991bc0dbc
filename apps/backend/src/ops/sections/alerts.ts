import type { Alert } from "@hypertroq/database/monitoring";
import { ago } from "../format.ts";
import { type Html, html } from "../html.ts";
import { verdict } from "../parts.ts";
import type { Section } from "./section.ts";

/** What is wrong, with what follows from it and what to do. */
export const alerts: Section = {
  id: "alerts",
  title: "Alerts",
  width: "whole",
  body: ({ alerts }) =>
    html`<div role="status">${alerts.length === 0 ? verdict(true, "No rule has found anything wrong.") : alerts.map(alertHtml)}</div>`,
};

function alertHtml({ id, title, meaning, remedy, severity, since, findings }: Alert): Html {
  return html`<article class="alert ${severity}" id="alert-${id}">
<h3><span class="severity">${severity === "critical" ? "✗ critical" : "! warning"}</span> ${title} <small>since <time datetime="${since.toISOString()}">${ago(since)}</time></small></h3>
<ul>${findings.map(({ subject, detail }) => html`<li><b>${subject}</b>: ${detail}</li>`)}</ul>
<p>${meaning}</p>
<p><b>What to do:</b> ${remedy}</p>
</article>`;
}
