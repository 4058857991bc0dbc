import { ASSET_VERSION } from "./assets.ts";
import type { OpsFacts } from "./facts.ts";
import { type Html, html } from "./html.ts";
import { sectionsOf } from "./sections/index.ts";
import type { Section } from "./sections/section.ts";

/** The dashboard as it is now. Its script, where there is one, keeps it so; without, the page loads itself anew. */
export function opsPage(facts: OpsFacts, refresh: number): string {
  const sections = sectionsOf(facts);
  const assets = `/ops/assets/${ASSET_VERSION}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>HypertroQ operations</title>
<link rel="stylesheet" href="${assets}/ops.css">
<script type="module" src="${assets}/live.js"></script>
${refresh > 0 ? html`<noscript><meta http-equiv="refresh" content="${refresh}"></noscript>` : ""}
</head>
<body>
<a class="skip" href="#main">Skip to the figures</a>
<header>
<h1>HypertroQ operations</h1>
<p id="live" role="status"></p>
<noscript><p>${
    refresh > 0
      ? html`Loads anew every ${refresh} s. <a href="?refresh=0">Pause</a>`
      : html`Paused. <a href="?refresh=5">Load anew every 5 s</a>`
  }</p></noscript>
<nav aria-label="Parts of this page"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main id="main" tabindex="-1">
${sections.map((section) => sectionHtml(section, facts))}
</main>
</body>
</html>
`;
  return page.text;
}

function sectionHtml({ id, title, width, body }: Section, facts: OpsFacts): Html {
  return html`<section id="${id}" class="${width}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<div id="${id}-body">${body(facts)}</div>
</section>
`;
}
