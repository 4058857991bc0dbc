// Makes what is on the page what it shall be, and leaves alone what is so already: focus, selection, what is unfolded and
// how far it is scrolled stay.

/** @param {Element} target @param {string} html what shall be in it; escaped where it was made. */
export function morph(target, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  morphChildren(target, template.content);
}

/** Elements with an id are found again by it, others by their place. @param {Node} from @param {Node} to */
function morphChildren(from, to) {
  const wanted = [...to.childNodes];
  const ids = new Set(wanted.map(idOf).filter((id) => id !== ""));
  for (const child of [...from.childNodes]) if (idOf(child) !== "" && !ids.has(idOf(child))) child.remove();
  const byId = new Map([...from.childNodes].map((child) => [idOf(child), child]));
  /** @type {ChildNode | null} */
  let current = from.firstChild;
  for (const next of wanted) {
    const id = idOf(next);
    /** @type {boolean} */
    const isSameKind = current !== null && idOf(current) === "" && current.nodeName === next.nodeName;
    /** @type {ChildNode | null | undefined} */
    const match = id !== "" ? byId.get(id) : isSameKind ? current : undefined;
    if (!match || match.nodeName !== next.nodeName) {
      from.insertBefore(next, current);
      continue;
    }
    if (match === current) current = match.nextSibling;
    else from.insertBefore(match, current);
    morphNode(match, next);
  }
  while (current !== null) {
    /** @type {ChildNode | null} */
    const rest = current.nextSibling;
    current.remove();
    current = rest;
  }
}

/** @param {Node} from @param {Node} to of the same kind. */
function morphNode(from, to) {
  if (!(from instanceof Element && to instanceof Element)) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  // The readouts of charts are the script's own.
  if (from.hasAttribute("data-keep")) return;
  for (const { name, value } of [...to.attributes]) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    const isReaders = name === "open" && from.nodeName === "DETAILS";
    if (!to.hasAttribute(name) && !isReaders) from.removeAttribute(name);
  }
  morphChildren(from, to);
}

/** @param {Node} node */
function idOf(node) {
  return node instanceof Element ? node.id : "";
}
