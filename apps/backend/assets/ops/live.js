// Keeps the dashboard as things are: the server sends what has changed of the page. Ends while nobody looks at it.
import { morph } from "./morph.js";
import { refreshReadout } from "./readout.js";

/** Milliseconds until a refused connection is tried again; a lost one is tried again by the browser itself. */
const RETRY = 3000;

const status = /** @type {Element} */ (document.querySelector("#live"));
const state = document.createElement("span");
const button = document.createElement("button");
button.type = "button";
status.after(button);
status.append(state);

/** @type {EventSource | undefined} */
let source;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let paused = false;

function connect() {
  disconnect();
  const stream = new EventSource("/ops/events");
  source = stream;
  stream.addEventListener("open", () => show("live", "Live"));
  stream.addEventListener("section", ({ data }) => {
    const [id, html] = JSON.parse(data);
    const target = document.getElementById(id);
    if (target !== null) morph(target, html);
    refreshReadout();
  });
  stream.addEventListener("error", () => {
    show("lost", "Not connected; trying again");
    if (stream.readyState === EventSource.CLOSED) timer = setTimeout(connect, RETRY);
  });
}

function disconnect() {
  clearTimeout(timer);
  source?.close();
}

function follow() {
  button.textContent = paused ? "Go on" : "Pause";
  if (paused || document.hidden) {
    disconnect();
    show("paused", "Paused");
  } else connect();
}

/** Said once, for those who hear it. @param {string} kind @param {string} text */
function show(kind, text) {
  document.body.dataset.state = kind;
  if (state.textContent !== text) state.textContent = text;
}

button.addEventListener("click", () => {
  paused = !paused;
  follow();
});
document.addEventListener("visibilitychange", follow);
follow();
