import { duration, short } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { Span, Stretch } from "./points.ts";
import { niceMaximum } from "./scale.ts";

/** A line of a chart. */
export interface Line {
  readonly name: string;
  /** Undefined where there is nothing to measure: the line has a gap there. */
  readonly value: (stretch: Stretch) => number | undefined;
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** At most four: each has a colour and a pattern of its own. */
  readonly lines: readonly Line[];
  /** Of the values: `ms`; empty: they are counted. */
  readonly unit: string;
  /** How high the chart is at least. */
  readonly least: number;
  /** A value that is marked by a line across the chart. */
  readonly mark?: { readonly name: string; readonly value: number } | undefined;
}

const HEIGHT = 100;

/**
 * A chart over time. All of it is here before any script runs; its text is HTML, so that the drawing can be stretched to
 * the page's width and the letters stay as they are.
 */
export function chart({ id, title, lines, unit, least, mark }: Chart, { seconds, stretches }: Span): Html {
  const drawn = lines.map(({ name, value }) => ({ name, values: stretches.map((stretch) => value(stretch)) }));
  const all = drawn.flatMap(({ values }) => values).filter((value) => value !== undefined);
  const maximum = niceMaximum(mark === undefined ? all : [...all, mark.value], least);
  const format = (value: number): string => `${short(value)} ${unit}`.trim();
  const y = (value: number): number => HEIGHT - (value / maximum) * HEIGHT;
  const now = drawn.map(({ name, values }) => {
    const last = values.at(-1);
    return { name, text: last === undefined ? "–" : format(last) };
  });
  const summary = now.map(({ name, text }) => `${name} ${text}`).join(", ");
  const paths = drawn.map(({ name, values }, i) => {
    const places = values.map((value, at) =>
      value === undefined ? undefined : ([stretches[at]!.x, y(value)] as const),
    );
    return html`<path class="line line-${i + 1}" data-name="${name}" d="${pathOf(places)}"/>`;
  });
  return html`<figure class="chart" id="${id}">
<figcaption><h3>${title}</h3><ul class="legend">${now.map(({ name, text }, i) => keyHtml(`line line-${i + 1}`, name, text))}${
    mark === undefined ? "" : keyHtml("mark", mark.name, format(mark.value))
  }</ul></figcaption>
<div class="plot">
<div class="scale" aria-hidden="true"><span>${format(maximum)}</span><span>${format(maximum / 2)}</span><span>0</span></div>
<svg viewBox="0 0 ${seconds} ${HEIGHT}" preserveAspectRatio="none" role="img" tabindex="0" aria-label="${title}, last ${duration(seconds)}: ${summary || "nothing yet"}" data-seconds="${seconds}" data-maximum="${maximum}" data-unit="${unit}">
<path class="grid" d="M0 0H${seconds}M0 ${HEIGHT / 2}H${seconds}M0 ${HEIGHT}H${seconds}"/>
${mark === undefined ? "" : html`<path class="mark" d="M0 ${round(y(mark.value))}H${seconds}"/>`}${paths}
<path class="cursor" data-keep d=""/>
</svg>
</div>
<p class="axis" aria-hidden="true"><span>${duration(seconds)} ago</span><span>now</span></p>
<output class="readout" data-keep></output>
</figure>`;
}

/** What a line means, and its last value. */
function keyHtml(line: string, name: string, value: string): Html {
  return html`<li><svg class="key" viewBox="0 0 24 4" aria-hidden="true"><path class="${line}" d="M0 2L24 2"/></svg>${name} <b>${value}</b></li>`;
}

/** SVG's path data. A value that stands alone becomes a dot. */
function pathOf(places: readonly (readonly [x: number, y: number] | undefined)[]): string {
  let path = "";
  for (const [i, place] of places.entries()) {
    if (place === undefined) continue;
    const point = `${round(place[0])} ${round(place[1])}`;
    const begins = places[i - 1] === undefined;
    path += `${begins ? "M" : "L"}${point}${begins && places[i + 1] === undefined ? "h0" : ""}`;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
