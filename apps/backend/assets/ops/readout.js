// What the lines of a chart say at a moment: where the pointer is, or where the arrow keys have led.

/**
 * A place on a line: seconds from the left, and hundredths from the top.
 * @typedef {{ readonly x: number; readonly y: number }} Point
 */

/**
 * The chart that is read, and how many seconds before now.
 * @type {{ readonly id: string; readonly ago: number } | undefined}
 */
let reading;

const charts = /** @type {HTMLElement | null} */ (document.querySelector("#charts-body"));
charts?.addEventListener("pointermove", (event) => {
  const drawing = drawingOf(event);
  if (drawing === null) return;
  const { left, width } = drawing.getBoundingClientRect();
  read(drawing, (1 - (event.clientX - left) / width) * Number(drawing.dataset.seconds));
});
charts?.addEventListener("pointerleave", stop);
charts?.addEventListener("focusout", stop);
charts?.addEventListener("keydown", (event) => {
  const drawing = drawingOf(event);
  if (event.key === "Escape") stop();
  const direction = event.key === "ArrowLeft" ? 1 : event.key === "ArrowRight" ? -1 : undefined;
  if (drawing === null || direction === undefined) return;
  event.preventDefault();
  const before = reading?.id === chartOf(drawing).id ? reading.ago : 0;
  read(drawing, before + (direction * Number(drawing.dataset.seconds)) / 60);
});

/** Shows what is read anew, after the lines have moved. */
export function refreshReadout() {
  if (reading === undefined) return;
  const drawing = /** @type {SVGElement | null} */ (document.querySelector(`#${reading.id} .plot > svg`));
  if (drawing === null) return;
  const seconds = Number(drawing.dataset.seconds);
  const x = seconds - reading.ago;
  const lines = /** @type {NodeListOf<SVGPathElement>} */ (drawing.querySelectorAll("path[data-name]"));
  const found = [...lines].map((line) => ({
    name: line.dataset.name,
    point: nearest(line.getAttribute("d") ?? "", x, seconds),
  }));
  const [first] = found.flatMap(({ point }) => (point === undefined ? [] : [point]));
  const values = found.map(({ name, point }) => `${name} ${point === undefined ? "–" : valueAt(drawing, point.y)}`);
  const ago = Math.round(first === undefined ? reading.ago : seconds - first.x);
  write(chartOf(drawing), first === undefined ? "" : `M${first.x} 0V100`, `${ago} s ago: ${values.join(", ")}`);
}

/** @param {SVGElement} drawing @param {number} ago seconds */
function read(drawing, ago) {
  const { id } = chartOf(drawing);
  if (reading !== undefined && reading.id !== id) stop();
  reading = { id, ago: Math.min(Math.max(ago, 0), Number(drawing.dataset.seconds)) };
  refreshReadout();
}

function stop() {
  if (reading === undefined) return;
  const chart = document.getElementById(reading.id);
  if (chart !== null) write(chart, "", "");
  reading = undefined;
}

/** @param {Element} chart @param {string} cursor the path of its line @param {string} text */
function write(chart, cursor, text) {
  chart.querySelector(".cursor")?.setAttribute("d", cursor);
  const readout = chart.querySelector(".readout");
  if (readout !== null) readout.textContent = text;
}

/** @param {Event} event @returns {SVGElement | null} the drawing in which it happened. */
function drawingOf({ target }) {
  return target instanceof Element ? target.closest(".plot > svg") : null;
}

/** @param {Element} drawing */
function chartOf(drawing) {
  return /** @type {Element} */ (drawing.closest(".chart"));
}

/**
 * The point of a line next to a place; undefined in its gaps.
 * @param {string} path @param {number} x @param {number} seconds
 */
function nearest(path, x, seconds) {
  /** @type {Point | undefined} */
  let best;
  for (const [, px, py] of path.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)) {
    const point = { x: Number(px), y: Number(py) };
    if (best === undefined || Math.abs(point.x - x) < Math.abs(best.x - x)) best = point;
  }
  return best !== undefined && Math.abs(best.x - x) <= seconds / 30 ? best : undefined;
}

/** @param {SVGElement} drawing @param {number} y */
function valueAt(drawing, y) {
  const { maximum, unit } = drawing.dataset;
  const value = (1 - y / 100) * Number(maximum);
  return `${Number(value.toPrecision(3))} ${unit}`.trim();
}
