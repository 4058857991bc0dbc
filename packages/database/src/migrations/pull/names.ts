import { plural, snakeCase } from "../../model/naming.ts";
import { stringLiteral, templateText } from "../script/literal.ts";

/** `user_id` → `userId`; what cannot be in a name of JavaScript goes. */
export function camelCase(name: string): string {
  const words = name.split(/[^\p{L}\p{N}$]+/u).filter((word) => word !== "");
  const joined = words.map((word, i) => (i === 0 ? lowerFirst(word) : upperFirst(word))).join("");
  return /^[\p{L}_$]/u.test(joined) ? joined : `_${joined}`;
}

export function pascalCase(name: string): string {
  return upperFirst(camelCase(name));
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** `URL` → `url`, `Name` → `name`. */
function lowerFirst(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** What the plural of English names is made of, as tables use it: `categories` → `category`. */
function singular(name: string): string {
  const candidates = [name.replace(/ies$/, "y"), name.replace(/es$/, ""), name.replace(/s$/, "")];
  return candidates.find((candidate) => candidate !== name && candidate !== "" && plural(candidate) === name) ?? name;
}

/** The name of a model's class, and whether its table's name follows from it. */
export function className(table: string): { readonly name: string; readonly isUsual: boolean } {
  const name = pascalCase(singular(table));
  return { name, isUsual: plural(snakeCase(name)) === table };
}

/** What JavaScript has, or the file imports, under names like those of classes. */
const TAKEN_CLASSES = [
  ...["Array", "Boolean", "Date", "Error", "Function", "Infinity", "JSON", "Map", "Math", "NaN", "Number", "Object"],
  ...["Promise", "Proxy", "Reflect", "RegExp", "Set", "String", "Symbol", "WeakMap", "WeakSet", "BigInt", "Iterator"],
  ...["BaseModel", "Model", "View", "MaterializedView", "UUIDMixin", "TimestampMixin", "SoftDeleteModel", "Undefined"],
];

const TAKEN_PROPERTIES = ["constructor", "toDict", "toJSON", "toString", "valueOf", "hasOwnProperty", "__proto__"];

/** What a class has on its static side. */
export const TAKEN_STATICS: readonly string[] = [
  ...["table", "schema", "comment", "columns", "c", "indexes", "constraints", "triggers", "policies", "rowSecurity"],
  ...["partitionBy", "define", "with", "hooks", "name", "length", "prototype", "query", "options", "refresh"],
  ...["caller", "arguments", "apply", "bind", "call", "toString"],
];

/** Gives each a name that no other one has. */
export class Names {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  static ofClasses(): Names {
    return new Names(TAKEN_CLASSES);
  }
  static ofProperties(): Names {
    return new Names(TAKEN_PROPERTIES);
  }

  /** The first of these that is free, or the last one with a number. */
  take(...wanted: readonly string[]): string {
    let name = wanted.find((each) => !this.#taken.has(each));
    for (let n = 2; name === undefined; n++) {
      const numbered = `${wanted.at(-1)!}${n}`;
      if (!this.#taken.has(numbered)) name = numbered;
    }
    this.#taken.add(name);
    return name;
  }
}

/** SQL as a template of `sql`. */
export function sqlText(text: string): string {
  return `sql\`${templateText(text)}\``;
}

export const text = stringLiteral;

/** A value as code: text, number, true, an array of them. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return stringLiteral(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  return String(value);
}

/** A property's name in an object. */
export function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : stringLiteral(name);
}
