import type { errors } from "@hypertroq/database";
import type { RequestCount } from "../monitoring/metrics.ts";
import type { Check, ReadinessReport } from "../monitoring/readiness.ts";
import { Html, html } from "./html.ts";
import { STYLE } from "./style.ts";

/** What the dashboard shows: one moment. */
export interface OpsFacts {
  readonly environment: string;
  /** Without its password. */
  readonly database: string;
  /** Seconds since the process started. */
  readonly uptime: number;
  readonly draining: boolean;
  readonly pool: errors.PoolStatus;
  /** Most connections the pool may have open; Infinity: no limit. */
  readonly maxConnections: number;
  readonly readiness: ReadinessReport;
  readonly requests: readonly RequestCount[];
  /** Seconds until the page loads itself anew; 0: it does not. */
  readonly refresh: number;
}

/** The dashboard as one page that needs nothing else. */
export function opsPage(facts: OpsFacts): string {
  const { environment, database, uptime, refresh } = facts;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh > 0 ? html`<meta http-equiv="refresh" content="${refresh}">` : ""}
<link rel="icon" href="data:,">
<title>HypertroQ operations</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
<h1>HypertroQ operations</h1>
<p>${environment}, up ${duration(uptime)}</p>
<p>${
    refresh > 0
      ? html`Loads anew every ${refresh} s. <a href="?refresh=0">Pause</a>`
      : html`Paused. <a href="?refresh=5">Load anew every 5 s</a>`
  }</p>
</header>
<main>
${healthSection(facts)}
${poolSection(facts)}
${revisionSection(facts.readiness)}
${requestSection(facts.requests)}
<section class="wide" aria-labelledby="database"><h2 id="database">Database</h2><code>${database}</code></section>
</main>
</body>
</html>
`;
  return page.text;
}

function healthSection({ draining, readiness: { ready, database, revision } }: OpsFacts): Html {
  const serving = draining ? { ok: false, detail: "stopping" } : { ok: ready, detail: ready ? "ready" : "not ready" };
  const failed = [database, revision].filter(({ ok }) => !ok).map(({ detail }) => html`<p>${detail}</p>`);
  return html`<section aria-labelledby="health"><h2 id="health">Health</h2>
<dl>
<dt>Serving</dt><dd>${verdict(serving.ok, serving.detail)}</dd>
<dt>Database</dt><dd>${check(database, "answers", "does not answer")}</dd>
<dt>Revision</dt><dd>${check(revision, "at head", "not at head")}</dd>
</dl>${failed}</section>`;
}

function poolSection({ pool: { size, checkedIn, checkedOut, overflow, waiting }, maxConnections }: OpsFacts): Html {
  const limited = Number.isFinite(maxConnections);
  const limit = limited ? String(maxConnections) : "no limit";
  const meter = html`<meter min="0" max="${maxConnections}" value="${checkedOut}" aria-label="Connections in use">${checkedOut} of ${limit}</meter>`;
  return html`<section aria-labelledby="pool"><h2 id="pool">Pool</h2>
${limited ? meter : ""}
<dl>
<dt>In use</dt><dd>${checkedOut}</dd>
<dt>Idle</dt><dd>${checkedIn}</dd>
<dt>Overflow</dt><dd>${overflow}</dd>
<dt>Waiting for one</dt><dd>${waiting}</dd>
<dt>Size</dt><dd>${size === 0 ? "no limit" : size}</dd>
<dt>Most open</dt><dd>${limit}</dd>
</dl></section>`;
}

function revisionSection({ revision: { ok, current, head } }: ReadinessReport): Html {
  return html`<section aria-labelledby="revision"><h2 id="revision">Revision</h2>
<dl>
<dt>Current</dt><dd><code>${current.join(", ") || "none"}</code></dd>
<dt>Head</dt><dd><code>${head.join(", ") || "none"}</code></dd>
<dt>At head</dt><dd>${verdict(ok, ok ? "yes" : "no")}</dd>
</dl></section>`;
}

function requestSection(requests: readonly RequestCount[]): Html {
  const total = requests.reduce((sum, { count }) => sum + count, 0);
  const rows = requests.map(
    ({ method, route, status, count, seconds }) => html`<tr>
<td>${method} <code>${route}</code></td><td>${status}</td><td class="number">${count}</td>
<td class="number">${((seconds / count) * 1000).toFixed(1)} ms</td></tr>`,
  );
  return html`<section class="wide" aria-labelledby="requests" tabindex="0"><h2 id="requests">Requests answered: ${total}</h2>
<table>
<thead><tr><th scope="col">Route</th><th scope="col">Status</th><th scope="col" class="number">Count</th>
<th scope="col" class="number">Mean</th></tr></thead>
<tbody>${rows}</tbody>
</table></section>`;
}

function check({ ok }: Check, good: string, bad: string): Html {
  return verdict(ok, ok ? good : bad);
}

function verdict(ok: boolean, text: string): Html {
  return html`<span class="${ok ? "good" : "bad"}">${ok ? "✓" : "✗"} ${text}</span>`;
}

function duration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [Math.floor(seconds) % 60, "s"],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first === -1 ? 3 : first)
    .slice(0, 2)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ");
}
