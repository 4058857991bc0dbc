import { stringLiteral, templateText } from "../script/literal.ts";
import { VERBATIM } from "../script/template.ts";

/** A formatter's width: what is longer is broken. */
const WIDTH = 120;

/**
 * A call as TypeScript, laid out as a formatter would leave it: on one line if it fits, else with its last argument open,
 * else an argument on each line. A table's columns always have a line each.
 *
 * @param indent columns before it.
 */
export function callText(callee: string, given: readonly unknown[], indent: number): string {
  const flats = given.map(flat);
  const line = `${callee}(${flats.join(", ")});`;
  if (!flats.includes(undefined) && indent + line.length <= WIDTH) return line;
  const last = given.at(-1);
  const head = `${callee}(${flats
    .slice(0, -1)
    .map((text) => `${text}, `)
    .join("")}`;
  const canHug =
    isOpenable(last) &&
    !flats.slice(0, -1).includes(undefined) &&
    (given.length === 1 || kindOf(given.at(-2)) !== kindOf(last)) &&
    indent + head.length + 1 <= WIDTH;
  if (canHug) return `${head}${open(last, indent)});`;
  const pad = " ".repeat(indent);
  const lines = given.map((argument) => `${pad}  ${textOf(argument, indent + 2, indent + 2)},\n`);
  return `${callee}(\n${lines.join("")}${pad});`;
}

/** Text between backticks, as it is, whatever its lines are indented by elsewhere. */
export function templateLiteral(text: string): string {
  return `\`${templateText(text).replaceAll("\n", `\n${VERBATIM}`)}\``;
}

/** Text of several lines is read best as it is; what cannot be seen is written as an escape. */
function textLiteral(text: string): string {
  return /^[^\p{Cc}\p{Zl}\p{Zp}]*(\n[^\p{Cc}\p{Zl}\p{Zp}]*)+$/u.test(text)
    ? templateLiteral(text)
    : stringLiteral(text);
}

/** @param column where it begins. */
function textOf(value: unknown, indent: number, column: number): string {
  const text = flat(value);
  if (text !== undefined && (column + text.length + 1 <= WIDTH || !isOpenable(value))) return text;
  return open(value, indent);
}

function open(value: unknown, indent: number): string {
  const pad = " ".repeat(indent);
  if (Array.isArray(value)) {
    const items = value.map((item) => `${pad}  ${textOf(item, indent + 2, indent + 2)},\n`);
    return `[\n${items.join("")}${pad}]`;
  }
  const entries = fieldsOf(value as object).map(([key, field]) => {
    const name = keyText(key);
    const isColumns = key === "columns" && isTable(value as object) && isOpenable(field);
    const text = isColumns ? open(field, indent + 2) : textOf(field, indent + 2, indent + 2 + name.length + 2);
    const isTooLong = typeof field === "string" && indent + 2 + name.length + 2 + text.length + 1 > WIDTH;
    return isTooLong && name.length > 2 ? `${pad}  ${name}:\n${pad}    ${text},\n` : `${pad}  ${name}: ${text},\n`;
  });
  return `{\n${entries.join("")}${pad}}`;
}

/** On one line; undefined: never. */
function flat(value: unknown): string | undefined {
  if (typeof value === "string") return textLiteral(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) {
    const items = value.map(flat);
    return items.some(isBroken) || isSpread(value) ? undefined : `[${items.join(", ")}]`;
  }
  const fields = fieldsOf(value);
  if (isTable(value)) return undefined;
  const items = fields.map(([key, field]) => [keyText(key), flat(field)] as const);
  if (items.some(([, text]) => isBroken(text))) return undefined;
  return items.length === 0 ? "{}" : `{ ${items.map(([key, text]) => `${key}: ${text}`).join(", ")} }`;
}

/** What formatters leave on one line in nothing that is around it. */
function isBroken(text: string | undefined): boolean {
  return text === undefined || text.includes("\n");
}

/** Whether it has columns with definitions, which are read better one below the other. */
function isTable(value: object): boolean {
  return "columns" in value && kindOf(value.columns) === "object";
}

/** Formatters give each item a line where all are objects, or arrays, of more than one part. */
function isSpread(items: readonly unknown[]): boolean {
  const isLarge = (kind: string) => (item: unknown) => kindOf(item) === kind && Object.keys(item as object).length > 1;
  return items.length > 1 && (items.every(isLarge("object")) || items.every(isLarge("array")));
}

function isOpenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value;
}

function fieldsOf(value: object): readonly (readonly [string, unknown])[] {
  return Object.entries(value).filter(([, field]) => field !== undefined);
}

/** `__proto__` is a name like others only in brackets. */
function keyText(key: string): string {
  if (key === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : stringLiteral(key);
}
