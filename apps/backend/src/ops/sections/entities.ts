import type { Entity } from "@hypertroq/database/monitoring";
import { drawEntities } from "../entities/draw.ts";
import { layOut, shownName } from "../entities/layout.ts";
import { type Html, html } from "../html.ts";
import { known, nothing } from "../parts.ts";
import type { Section } from "./section.ts";

/** Tables that are drawn; a database that has more is not read from a picture. */
export const MOST_ENTITIES = 60;

/** The tables with their columns and what they refer to: drawn, and in words. */
export const entities: Section = {
  id: "entities",
  title: "Entities",
  width: "whole",
  body: ({ entities }) =>
    known(entities, (all) => (all.length === 0 ? nothing("There are no tables.") : diagramHtml(all))),
};

function diagramHtml(all: readonly Entity[]): Html {
  return html`<div class="scroll diagram" tabindex="0" role="group" aria-label="Entity diagram; in words below">${drawEntities(layOut(all))}</div>
${all.length < MOST_ENTITIES ? "" : nothing(`The first ${MOST_ENTITIES} tables.`)}
<details id="entities-words"><summary>In words</summary><ul class="plain">${all.map(wordsHtml)}</ul></details>`;
}

function wordsHtml(entity: Entity): Html {
  const { columns, references } = entity;
  const keys = columns.filter(({ isKey }) => isKey).map(({ name }) => name);
  const lead = references.map((each) => `${each.columns.join(", ")} → ${shownName(each)}`);
  const facts = [
    `${columns.length} ${columns.length === 1 ? "column" : "columns"}`,
    ...(keys.length === 0 ? ["no primary key"] : [`key ${keys.join(", ")}`]),
    ...lead,
  ];
  return html`<li><code>${shownName(entity)}</code>: ${facts.join("; ")}</li>`;
}
