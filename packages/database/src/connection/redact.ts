import type { Parameter } from "./parameters.ts";

/** From the first to the last quotation mark, in the languages that the server's messages come in. */
const QUOTED = /["'«»„“”‘’「『].*["'«»„“”‘’」』]/s;

/**
 * A message of the server's without the values it repeats.
 *
 * Class 22 (data exception) quotes values whatever their source: `invalid input syntax for type uuid: "…"`; a value may
 * hold quotation marks itself, or be a number behind a colon. Every class may repeat parameters, because triggers and
 * functions raise what they like (`RAISE EXCEPTION 'no account %', $1`): each is looked for as a word, also the elements of
 * an array and the members of an object. A syntax error inside a function that builds SQL quotes a piece of one.
 */
export function withoutValues(message: string, sqlState: string, parameters: readonly Parameter[]): string {
  let text = message;
  if (sqlState.startsWith("22")) {
    text = text
      .replace(QUOTED, '"…"')
      .replace(/0x[\da-f]{2}/g, "…")
      .replace(/(?<=:.*)[^\s"…]*\d[^\s"…]*/gs, "…");
  }
  if (sqlState === "42601") {
    text = text.replace(/"(.+)"/s, (whole, quoted: string) =>
      parameters.some((parameter) => typeof parameter === "string" && parameter.includes(quoted)) ? '"…"' : whole,
    );
  }
  for (const parameter of parameters) {
    for (const value of valuesIn(parameter)) text = withoutWord(text, value);
  }
  return text;
}

/** The text of a parameter; of an array, a range or JSON also what it holds. */
function* valuesIn(parameter: Parameter): Iterable<string> {
  if (typeof parameter !== "string") return;
  yield parameter;
  if (!/^[[{(]/.test(parameter)) return;
  for (const [, quoted, word] of parameter.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s",:[\]{}()]+)/gs)) {
    if (word !== undefined) yield word;
    else if (quoted !== undefined) yield* valuesIn(quoted.replace(/\\(.)/gs, "$1"));
  }
}

/** In any case, because a trigger may have changed it. What has neither letter nor digit is no secret. */
function withoutWord(text: string, value: string): string {
  const word = value.trim();
  if (word.length > text.length || !text.toLowerCase().includes(word.toLowerCase())) return text;
  if (!/[\p{L}\p{N}]/u.test(word)) return text;
  const literally = word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  // A parameter `user` is not the one in `users_key`, nor 1 the one in $1; what ends in a bracket ends anywhere.
  const before = /^[\p{L}\p{N}_]/u.test(word) ? "(?<![\\p{L}\\p{N}_$])" : "";
  const after = /[\p{L}\p{N}_]$/u.test(word) ? "(?![\\p{L}\\p{N}_])" : "";
  return text.replace(new RegExp(before + literally + after, "giu"), "…");
}
