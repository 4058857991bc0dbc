/** A formatter's width: what is longer is broken. */
const WIDTH = 120;

/** A string as TypeScript, in the quotes that need fewer escapes. */
export function stringLiteral(text: string): string {
  const double = JSON.stringify(text);
  const count = (quote: string): number => text.split(quote).length;
  if (count('"') <= count("'")) return double;
  return `'${double.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/**
 * Text as it is written between the quotes of a template. A CR would be read as LF there (ECMAScript, "Static Semantics: TV
 * and TRV"), and a function's body be another one.
 */
export function templateText(text: string): string {
  return text.replace(/[\\`]|\$(?=\{)/g, "\\$&").replaceAll("\r", "\\r");
}

/** `null`, one id, or an array of ids, as TypeScript. */
export function idsLiteral(ids: readonly string[]): string {
  if (ids.length === 0) return "null";
  const literals = ids.map(stringLiteral);
  return literals.length === 1 ? literals[0]! : `[${literals.join(", ")}]`;
}

/** `name = value;` as a formatter would leave it, which breaks a line that is too long. */
export function assignment(before: string, value: string, after: string): string {
  const line = `${before}${value}${after}`;
  if (line.length <= WIDTH) return line;
  if (!value.startsWith("[")) return `${before.trimEnd()}\n  ${value}${after}`;
  const items = value.slice(1, -1).split(", ");
  return `${before}[\n${items.map((item) => `  ${item},\n`).join("")}]${after}`;
}
