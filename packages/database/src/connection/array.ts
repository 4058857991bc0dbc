const OPEN = 0x7b;
const CLOSE = 0x7d;
const BRACKET = 0x5b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads an array (PostgreSQL, "Array Input and Output Syntax"): nested arrays become nested arrays, NULL becomes null.
 * Lower bounds other than 1, written `[0:2]={…}`, are dropped: a JavaScript array has none.
 *
 * @param delimiter what stands between elements: a comma, but for `box[]`, whose elements hold commas, a semicolon.
 */
export function parseArray(text: string, parse: (item: string) => unknown, delimiter = ","): unknown[] {
  const between = delimiter.charCodeAt(0);
  const outer: unknown[][] = [];
  let current: unknown[] = [];
  let at = (text.charCodeAt(0) === BRACKET ? text.indexOf("=") + 1 : 0) + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === OPEN) {
      const inner: unknown[] = [];
      current.push(inner);
      outer.push(current);
      current = inner;
      at += 1;
    } else if (code === CLOSE) {
      current = outer.pop() ?? current;
      at += 1;
    } else if (code === between) {
      at += 1;
    } else if (code === QUOTE) {
      const start = at + 1;
      let isEscaped = false;
      for (at = start; at < text.length && text.charCodeAt(at) !== QUOTE; at++) {
        if (text.charCodeAt(at) === BACKSLASH) {
          isEscaped = true;
          at += 1;
        }
      }
      const item = text.slice(start, at);
      current.push(parse(isEscaped ? item.replace(/\\(.)/gs, "$1") : item));
      at += 1;
    } else {
      const start = at;
      while (at < text.length && text.charCodeAt(at) !== between && text.charCodeAt(at) !== CLOSE) at++;
      const item = text.slice(start, at);
      current.push(item === "NULL" ? null : parse(item));
    }
  }
  return current;
}

/**
 * Writes an array. Elements are given as their text, or null; those that are not quoted must be plain words.
 *
 * @param item the text of an element that is no array itself.
 */
export function formatArray(values: readonly unknown[], item: (value: unknown) => string | null): string {
  let text = "{";
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (i > 0) text += ",";
    if (Array.isArray(value)) text += formatArray(value, item);
    else if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") text += item(value);
    else text += quoted(item(value));
  }
  return `${text}}`;
}

function quoted(item: string | null): string {
  return item === null ? "NULL" : `"${item.replace(/["\\]/g, "\\$&")}"`;
}
