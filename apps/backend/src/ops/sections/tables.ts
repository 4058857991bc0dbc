import type { TableSize } from "@hypertroq/database/monitoring";
import { ago, bytes, count } from "../format.ts";
import { type Html, html } from "../html.ts";
import { firstOf, known, nothing, table } from "../parts.ts";
import type { Section } from "./section.ts";

/** From so many dead rows on, and such a share of all, VACUUM is late (the alert rule's limits). */
const MANY_DEAD = 10_000;
const DEAD_SHARE = 0.2;

/** The largest tables, and what of them is dead. */
export const tables: Section = {
  id: "tables",
  title: "Tables",
  width: "whole",
  body: ({ tables }) =>
    known(tables, (all) =>
      all.length === 0
        ? nothing("There are no tables.")
        : firstOf(all, 30, (some) =>
            table(
              "Tables",
              [
                { title: "Table" },
                { title: "In all", isNumber: true },
                { title: "Rows in", isNumber: true },
                { title: "Indexes", isNumber: true },
                { title: "Rows", isNumber: true },
                { title: "Dead rows", isNumber: true },
                { title: "Vacuumed" },
                { title: "Analyzed" },
                { title: "Scans: whole / index", isNumber: true },
              ],
              some.map((each) => [
                html`<code>${each.schema === "public" ? each.name : `${each.schema}.${each.name}`}</code>`,
                bytes(each.totalBytes),
                bytes(each.tableBytes),
                bytes(each.indexBytes),
                count(each.rows),
                deadHtml(each),
                each.lastVacuum === null ? "never" : ago(each.lastVacuum),
                each.lastAnalyze === null ? "never" : ago(each.lastAnalyze),
                `${count(each.sequentialScans)} / ${count(each.indexScans)}`,
              ]),
            ),
          ),
    ),
};

function deadHtml({ rows, deadRows }: TableSize): Html {
  const share = deadRows === 0 ? 0 : deadRows / (rows + deadRows);
  const text = deadRows === 0 ? "0" : `${count(deadRows)} (${Math.round(share * 100)} %)`;
  return deadRows >= MANY_DEAD && share >= DEAD_SHARE ? html`<span class="bad">✗ ${text}</span>` : html`${text}`;
}
