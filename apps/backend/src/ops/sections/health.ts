import type { OpsFacts } from "../facts.ts";
import { duration } from "../format.ts";
import { type Html, html } from "../html.ts";
import { known, verdict } from "../parts.ts";
import type { Section } from "./section.ts";

/** Whether requests are served, and with what. */
export const health: Section = {
  id: "health",
  title: "Health",
  width: "third",
  body: (facts) =>
    html`${known(facts.readiness, ({ ready, database, revision }) => {
      const failed = [database, revision]
        .filter(({ ok }) => !ok)
        .map(({ detail }) => html`<p class="nothing">${detail}</p>`);
      const serving = facts.draining ? verdict(false, "stopping") : verdict(ready, ready ? "ready" : "not ready");
      return html`<dl>
<dt>Serving</dt><dd>${serving}</dd>
<dt>Database</dt><dd>${verdict(database.ok, database.ok ? "answers" : "does not answer")}</dd>
<dt>Revision</dt><dd>${verdict(revision.ok, revision.ok ? "at head" : "not at head")}</dd>
</dl>${failed}`;
    })}${poolHtml(facts)}`,
};

function poolHtml({ pool, maxConnections, environment, uptime, database }: OpsFacts): Html {
  const { size, checkedIn, checkedOut, overflow, waiting } = pool;
  const limited = Number.isFinite(maxConnections);
  const limit = limited ? String(maxConnections) : "no limit";
  const meter = html`<meter min="0" max="${maxConnections}" low="${maxConnections * 0.75}" high="${maxConnections * 0.9}" optimum="0" value="${checkedOut}" aria-label="Connections in use">${checkedOut} of ${limit}</meter>`;
  return html`${limited ? meter : ""}<dl>
<dt>In use</dt><dd>${checkedOut}</dd>
<dt>Idle</dt><dd>${checkedIn}</dd>
<dt>Waiting for one</dt><dd>${waiting}</dd>
<dt>Size</dt><dd>${size === 0 ? "no limit" : size}</dd>
<dt>Overflow</dt><dd>${overflow}</dd>
<dt>Most open</dt><dd>${limit}</dd>
<dt>Environment</dt><dd>${environment}</dd>
<dt>Up</dt><dd>${duration(uptime)}</dd>
</dl><p class="nothing"><code>${database}</code></p>`;
}
