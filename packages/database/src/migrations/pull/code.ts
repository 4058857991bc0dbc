/*
 * TypeScript as a tree, and its layout: as a formatter would leave it, 120 columns wide.
 */

/** Text that is never broken; a list, an object, an arrow, a call; or a call with methods called on what it returns. */
export type Code =
  | string
  | { readonly kind: "array"; readonly items: readonly Code[] }
  | { readonly kind: "object"; readonly fields: readonly (readonly [name: string, Code])[]; readonly open?: boolean }
  | { readonly kind: "arrow"; readonly body: Code }
  | { readonly kind: "call"; readonly callee: string; readonly args: readonly Code[] }
  | { readonly kind: "chain"; readonly head: Code; readonly calls: readonly Call[] };

type Call = Extract<Code, { kind: "call" }>;

const WIDTH = 120;

export const array = (items: readonly Code[]): Code => ({ kind: "array", items });
export const arrow = (body: Code): Code => ({ kind: "arrow", body });
export const call = (callee: string, ...args: readonly Code[]): Call => ({ kind: "call", callee, args });
export const chain = (head: Code, calls: readonly Call[]): Code =>
  calls.length === 0 ? head : { kind: "chain", head, calls };

/** An object of the fields that are there; undefined without any. */
export function object(fields: Readonly<Record<string, Code | undefined>>): Code | undefined {
  const given = Object.entries(fields).filter((field): field is [string, Code] => field[1] !== undefined);
  return given.length === 0 ? undefined : { kind: "object", fields: given };
}

/** The arguments that are there. */
export const args = (...given: readonly (Code | undefined)[]): readonly Code[] =>
  given.filter((argument) => argument !== undefined);

/** What names columns: `() => Order.c.userId`, `() => [Show.c.city, Show.c.hall]`. */
export function refsArrow(refs: readonly string[]): Code {
  return arrow(refs.length === 1 ? refs[0]! : array(refs));
}

/**
 * @param indent columns before the line that it is in.
 * @param column where it begins. @param after columns of what comes after it in its last line.
 */
export function layout(code: Code, indent: number, column: number, after = 1): string {
  const flat = isBroken(code) ? undefined : flatText(code);
  if (flat !== undefined && column + flat.length + after <= WIDTH) return flat;
  if (typeof code === "string") return code;
  const inner = " ".repeat(indent + 2);
  const pad = " ".repeat(indent);
  const lines = (items: readonly Code[]): string =>
    items.map((item) => `${inner}${layout(item, indent + 2, indent + 2)},\n`).join("");
  switch (code.kind) {
    case "array":
      return `[\n${lines(code.items)}${pad}]`;
    case "object":
      return `{\n${code.fields
        .map(([name, value]) => `${inner}${fieldLine(name, value, indent + 2)},\n`)
        .join("")}${pad}}`;
    case "arrow": {
      const { body } = code;
      if (typeof body === "string") return `() =>\n${inner}${body}`;
      return `() => ${bodyOf(body, layout(body, indent, column + 6, after))}`;
    }
    case "call": {
      const last = code.args.at(-1);
      const before = code.args.slice(0, -1);
      const head = `${code.callee}(${before.map((argument) => `${flatText(argument)}, `).join("")}`;
      const canHug = last !== undefined && isHuggable(last) && !isComposition(code) && !before.some(isBroken);
      if (canHug && column + head.length + 1 <= WIDTH) {
        return `${head}${layout(last, indent, column + head.length, 2)})`;
      }
      return `${code.callee}(\n${lines(code.args)}${pad})`;
    }
    default: {
      const [only, ...others] = code.calls;
      if (only !== undefined && others.length === 0) {
        const head = flatText(code.head);
        return `${head}.${layout(only, indent, column + head.length + 1, after)}`;
      }
      const links = code.calls.map((each) => `\n${inner}.${layout(each, indent + 2, indent + 3)}`);
      return layout(code.head, indent, column) + links.join("");
    }
  }
}

function flatText(code: Code): string {
  if (typeof code === "string") return code;
  switch (code.kind) {
    case "array":
      return `[${code.items.map(flatText).join(", ")}]`;
    case "object":
      return `{ ${code.fields.map(([name, value]) => field(name, flatText(value))).join(", ")} }`;
    case "arrow":
      return `() => ${bodyOf(code.body, flatText(code.body))}`;
    case "call":
      return `${code.callee}(${code.args.map(flatText).join(", ")})`;
    default:
      return `${flatText(code.head)}${code.calls.map((each) => `.${flatText(each)}`).join("")}`;
  }
}

function field(name: string, value: string): string {
  return name === value ? name : `${name}: ${value}`;
}

/** A string that is too long for the line of its name has one of its own. */
function fieldLine(name: string, value: Code, indent: number): string {
  const text = field(name, layout(value, indent, indent + 2 + name.length));
  const isLong = typeof value === "string" && /^["']/.test(value) && indent + text.length + 1 > WIDTH;
  return isLong ? `${name}:\n${" ".repeat(indent + 2)}${value}` : text;
}

function bodyOf(body: Code, text: string): string {
  return typeof body !== "string" && body.kind === "object" ? `(${text})` : text;
}

/** What formatters never leave on one line. */
function isBroken(code: Code): boolean {
  if (typeof code === "string") return code.includes("\n");
  switch (code.kind) {
    case "array":
      return isSpread(code.items) || code.items.some(isBroken);
    case "object":
      return code.open === true || code.fields.some(([, value]) => isBroken(value));
    case "arrow":
      return isBroken(code.body);
    case "call":
      return isComposition(code) || code.args.some(isBroken);
    default:
      return (
        code.calls.some(isBroken) || (code.calls.length > 1 && code.calls.some(({ args }) => args.some(isComplex)))
      );
  }
}

/** What breaks a chain of several calls: a function, or an object in an object. */
function isComplex(argument: Code): boolean {
  if (typeof argument === "string") return false;
  if (argument.kind === "object") return argument.fields.some(([, value]) => typeof value !== "string");
  return argument.kind === "arrow";
}

/** Items have a line each where all are objects, or arrays, of more than one part. */
function isSpread(items: readonly Code[]): boolean {
  const isLarge = (item: Code): boolean =>
    typeof item !== "string" && "fields" in item
      ? item.fields.length > 1
      : typeof item !== "string" && "items" in item && item.items.length > 1;
  return items.length > 1 && items.every(isLarge) && new Set(items.map(kindOf)).size === 1;
}

/** Arguments have a line each where more than one is a function. */
function isComposition({ args: given }: Call): boolean {
  return given.filter((argument) => kindOf(argument) === "arrow").length > 1;
}

function isHuggable(code: Code): boolean {
  return ["array", "object", "arrow"].includes(kindOf(code));
}

function kindOf(code: Code): string {
  return typeof code === "string" ? "text" : code.kind;
}
