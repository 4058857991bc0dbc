import type { ScriptDirectory } from "@hypertroq/database/migrations";
import { drawGraph, type Standing } from "../graph/draw.ts";
import { layOut } from "../graph/layout.ts";
import { type Html, html } from "../html.ts";
import { known, nothing } from "../parts.ts";
import type { Section } from "./section.ts";

/** Revisions that are drawn, newest first. */
const MOST = 100;

/** The revisions, drawn, with where the database stands. */
export const migrations: Section = {
  id: "migrations",
  title: "Revisions",
  width: "third",
  body: ({ script, readiness }) => {
    const current = readiness.value?.revision.current ?? [];
    return known(script, (directory) => graphHtml(directory, current), "The revision files cannot be read.");
  },
};

function graphHtml(script: ScriptDirectory, current: readonly string[]): Html {
  const { graph } = script;
  const unknown = graph
    .unknown(current)
    .map(
      (id) =>
        html`<p><span class="bad">✗ The database is at</span> <code>${id}</code><span class="bad">, which is unknown here.</span></p>`,
    );
  const applied = new Set(graph.applied(current.filter((id) => graph.has(id))));
  const standing = (id: string): Standing =>
    current.includes(id) ? "current" : applied.has(id) ? "applied" : "pending";
  const layout = layOut(graph, MOST);
  const left = graph.order.length - layout.places.length;
  if (layout.places.length === 0) return html`${unknown}${nothing("There are no revisions.")}`;
  return html`${unknown}<div class="scroll revisions" tabindex="0" role="group" aria-label="Revisions, newest first">
${drawGraph(layout, standing)}
<ol>${layout.places.map(({ id }) => revisionHtml(script, id, standing(id)))}</ol>
</div>${left > 0 ? nothing(`and ${left} older ones`) : ""}`;
}

function revisionHtml(script: ScriptDirectory, id: string, standing: Standing): Html {
  const { graph } = script;
  const { message, labels } = script.get(id);
  const parents = graph.get(id)?.down ?? [];
  const needs = graph.dependencies(id);
  return html`<li>
<p><code>${id}</code> <span class="badge ${standing}">${standing}</span>${
    graph.heads.includes(id) ? html` <span class="badge">head</span>` : ""
  }${labels.map((label) => html` <span class="badge label">${label}</span>`)}</p>
<p class="message">${message}<span class="unseen">${
    parents.length === 0 ? " The first." : ` Follows ${parents.join(", ")}.`
  }${needs.length === 0 ? "" : ` Depends on ${needs.join(", ")}.`}</span></p>
</li>`;
}
