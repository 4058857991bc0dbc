import { DefinitionError } from "../errors.ts";
import { formatArray } from "./array.ts";
import { Multirange, Range } from "./range.ts";
import { encodeTimestamptz } from "./timestamptz.ts";

/** What a Bind message can carry (PostgreSQL, "Message Formats": the count is a 16-bit number). */
const MOST_PARAMETERS = 65_535;

/** A parameter in the wire's text format, or bytes in its binary one. */
export type Parameter = string | Buffer | null;

/** Node has it since version 20; TypeScript's library since ES2024. */
type Text = string & { isWellFormed(): boolean };

/**
 * Values as the wire takes them: numbers, bigints and booleans as text, a Date as a timestamptz, bytes as they are, arrays
 * as PostgreSQL arrays, ranges as ranges, plain objects as JSON; undefined is NULL. Done before anything is sent, so that a
 * value that cannot be sent is the caller's error and not the connection's.
 *
 * An array is never taken for JSON: for a json column write `JSON.stringify(array)`. Elements of an array of `box` have
 * semicolons between them, which only the server knows to ask for: send its text.
 *
 * @throws {DefinitionError} naming the parameter, never its value.
 */
export function encodeParameters(values: readonly unknown[]): readonly Parameter[] {
  const { length } = values;
  if (length > MOST_PARAMETERS) {
    throw new DefinitionError(
      `The statement has ${length} parameters; PostgreSQL takes ${MOST_PARAMETERS}. Send it in parts, or pass an array.`,
    );
  }
  const parameters = new Array<Parameter>(length);
  let i = 0;
  try {
    for (; i < length; i++) {
      const parameter = encodeValue(values[i]);
      if (typeof parameter === "string") assertText(parameter);
      parameters[i] = parameter;
    }
  } catch (error) {
    throw new DefinitionError(`Parameter $${i + 1} cannot be sent: ${(error as Error).message}`);
  }
  return parameters;
}

/** One value, without the checks of its text. @throws {TypeError} saying why it cannot be sent, without the value. */
export function encodeValue(value: unknown): Parameter {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "undefined":
      return null;
    case "object":
      return value === null ? null : encodeObject(value);
    default:
      throw new TypeError(`a ${typeof value} is no value.`);
  }
}

function encodeObject(value: object): Parameter {
  if (value instanceof Date) return encodeTimestamptz(value);
  if (Array.isArray(value)) return formatArray(value, encodeItem);
  if (Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Range || value instanceof Multirange) return value.toString();
  return encodeJson(value);
}

/** An element of an array, all of which is text. */
function encodeItem(value: unknown): string | null {
  const item = encodeValue(value);
  return Buffer.isBuffer(item) ? `\\x${item.toString("hex")}` : item;
}

/**
 * A value as JSON: an array, a plain object, text, a number, a boolean. Of the language's own kinds of objects (Map,
 * Promise, URL …) JSON would keep nothing, or something else than was meant.
 *
 * @throws {TypeError} saying why it cannot be, without the value.
 */
export function encodeJson(value: unknown): string {
  if (typeof value === "function" || typeof value === "symbol") throw new TypeError(`a ${typeof value} is no value.`);
  if (typeof value === "object" && !Array.isArray(value)) {
    const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
    if (kind !== "Object") throw new TypeError(`a ${kind} is no value. Turn it into text, an array or a plain object.`);
  }
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    // The engine's own message names the object's keys, which may be data; one of a toJSON may say anything.
    const { message } = error as Error;
    if (/BigInt/.test(message)) {
      throw new TypeError("it holds a bigint, for which JSON has no type. Turn it into a number or text.");
    }
    if (/circular/.test(message)) throw new TypeError("it contains itself, which JSON cannot write.");
    throw new TypeError("it has a toJSON() that fails.");
  }
  if (json === undefined) throw new TypeError("it has a toJSON() that returns nothing.");
  return json;
}

/** The server would refuse the first, and get the second as another character. @throws {TypeError} without the text. */
export function assertText(text: string): void {
  if (text.includes("\0")) throw new TypeError("it holds the character U+0000, which no text of PostgreSQL can.");
  if (!(text as Text).isWellFormed())
    throw new TypeError("it holds half of a surrogate pair, which UTF-8 cannot write.");
}
