// What the lines of a chart say at a moment: where the pointer is, or where the arrow keys have led.

/** The chart that is read, and how many seconds before now. */
let reading;

const charts = document.querySelector("#charts-body");
charts?.addEventListener("pointermove", (event) => {
  const drawing = event.target.closest(".plot > svg");
  if (drawing === null) return;
  const { left, width } = drawing.getBoundingClientRect();
  read(drawing, (1 - (event.clientX - left) / width) * Number(drawing.dataset.seconds));
});
charts?.addEventListener("pointerleave", stop);
charts?.addEventListener("focusout", stop);
charts?.addEventListener("keydown", (event) => {
  const drawing = event.target.closest(".plot > svg");
  if (event.key === "Escape") stop();
  const direction = { ArrowLeft: 1, ArrowRight: -1 }[event.key];
  if (drawing === null || direction === undefined) return;
  event.preventDefault();
  const chart = drawing.closest(".chart");
  const before = reading?.id === chart.id ? reading.ago : 0;
  read(drawing, before + (direction * Number(drawing.dataset.seconds)) / 60);
});

/** Shows what is read anew, after the lines have moved. */
export function refreshReadout() {
  if (reading === undefined) return;
  const drawing = document.querySelector(`#${reading.id} .plot > svg`);
  if (drawing === null) return;
  const seconds = Number(drawing.dataset.seconds);
  const x = seconds - reading.ago;
  const found = [...drawing.querySelectorAll("path[data-name]")].map((path) => [
    path.dataset.name,
    nearest(path.getAttribute("d"), x, seconds),
  ]);
  const places = found.flatMap(([, point]) => (point === undefined ? [] : [point]));
  drawing.querySelector(".cursor").setAttribute("d", places.length === 0 ? "" : `M${places[0].x} 0V100`);
  const values = found.map(([name, point]) => `${name} ${point === undefined ? "–" : valueAt(drawing, point.y)}`);
  drawing
    .closest(".chart")
    .querySelector(
      ".readout",
    ).textContent = `${Math.round(places.length === 0 ? reading.ago : seconds - places[0].x)} s ago: ${values.join(", ")}`;
}

function read(drawing, ago) {
  const { id } = drawing.closest(".chart");
  if (reading !== undefined && reading.id !== id) stop();
  reading = { id, ago: Math.min(Math.max(ago, 0), Number(drawing.dataset.seconds)) };
  refreshReadout();
}

function stop() {
  if (reading === undefined) return;
  const chart = document.getElementById(reading.id);
  chart.querySelector(".cursor").setAttribute("d", "");
  chart.querySelector(".readout").textContent = "";
  reading = undefined;
}

/** The point of a line next to a place; undefined in its gaps. */
function nearest(path, x, seconds) {
  let best;
  for (const [, px, py] of path.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)) {
    const point = { x: Number(px), y: Number(py) };
    if (best === undefined || Math.abs(point.x - x) < Math.abs(best.x - x)) best = point;
  }
  return best !== undefined && Math.abs(best.x - x) <= seconds / 30 ? best : undefined;
}

function valueAt(drawing, y) {
  const { maximum, unit } = drawing.dataset;
  const value = (1 - y / 100) * Number(maximum);
  return `${Number(value.toPrecision(3))} ${unit}`.trim();
}
