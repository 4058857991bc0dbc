import { type Html, html } from "../html.ts";
import type { Edge, Layout, Place } from "./layout.ts";

/** How a revision stands in the database. */
export type Standing = "current" | "applied" | "pending";

/** In pixels of a page whose letters are 16 high; what is drawn grows with the letters. */
const LANE = 22;
const ROW = 56;
const RADIUS = 6;

/** The lines and dots of revisions; each row is as high as that of the list beside it (`.revisions li` in the style). */
export function drawGraph({ places, edges, lanes }: Layout, standing: (id: string) => Standing): Html {
  const width = lanes * LANE + LANE / 2;
  const height = places.length * ROW;
  return html`<svg class="graph" viewBox="0 0 ${width} ${height}" width="${width / 16}em" height="${height / 16}em" aria-hidden="true">
${edges.map((edge) => html`<path class="edge ${edge.kind}" d="${pathOf(edge, height)}"/>`)}
${places.map((place) => html`<circle class="${standing(place.id)}" cx="${x(place.lane)}" cy="${y(place)}" r="${RADIUS}"/>`)}
</svg>`;
}

function x(lane: number): number {
  return lane * LANE + LANE / 2 + 3;
}

function y({ row }: Place): number {
  return row * ROW + ROW / 2;
}

/** Into its lane within a row, down, and within a row out of it. */
function pathOf({ from, to, lane }: Edge, height: number): string {
  const startX = x(from.lane);
  const startY = y(from);
  const start = `M${startX} ${startY}`;
  const intoLane = lane === from.lane ? "" : curve(startX, startY, x(lane), startY + ROW);
  if (to === undefined) return `${start}${intoLane}V${height}`;
  const endX = x(to.lane);
  const endY = y(to);
  if (to.row - from.row === 1) return `${start}${curve(startX, startY, endX, endY)}`;
  const outOfLane = to.lane === lane ? `V${endY}` : `V${endY - ROW}${curve(x(lane), endY - ROW, endX, endY)}`;
  return `${start}${intoLane}${outOfLane}`;
}

function curve(startX: number, startY: number, endX: number, endY: number): string {
  const middle = (startY + endY) / 2;
  return `C${startX} ${middle} ${endX} ${middle} ${endX} ${endY}`;
}
