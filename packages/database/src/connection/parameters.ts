import { DefinitionError } from "../errors.ts";

/** What a Bind message can carry (PostgreSQL, "Message Formats": the count is a 16-bit number). */
const MOST_PARAMETERS = 65_535;

/** A parameter in the wire's text format, or bytes in its binary one. */
export type Parameter = string | Buffer | null;

/**
 * Values as the wire takes them: numbers, bigints and booleans as text, a Date as a timestamptz, bytes as they are, arrays
 * as PostgreSQL arrays, other objects as JSON. Done before anything is sent, so that a value that cannot be sent is the
 * caller's error and not the connection's.
 *
 * @throws {DefinitionError} naming the parameter, never its value.
 */
export function encodeParameters(values: readonly unknown[]): readonly Parameter[] {
  if (values.length > MOST_PARAMETERS) {
    throw new DefinitionError(
      `The statement has ${values.length} parameters; PostgreSQL takes ${MOST_PARAMETERS}. Send it in parts, or pass an array.`,
    );
  }
  return values.map((value, i) => {
    try {
      return encode(value);
    } catch (error) {
      throw new DefinitionError(`Parameter $${i + 1} cannot be sent: ${(error as Error).message}`);
    }
  });
}

function encode(value: unknown): Parameter {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
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
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return encodeArray(value);
  return JSON.stringify(value);
}

/** ISO 8601 as PostgreSQL reads it: a year has no sign, and one before year 1 ends in BC. */
export function encodeTimestamptz(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new TypeError("it is an invalid Date.");
  const year = date.getUTCFullYear();
  const rest = date.toISOString().replace(/^[+-]?\d+/, "");
  return `${String(year > 0 ? year : 1 - year).padStart(4, "0")}${rest}${year > 0 ? "" : " BC"}`;
}

/** PostgreSQL, "Array Input and Output Syntax". */
function encodeArray(values: readonly unknown[]): string {
  const items = values.map((value) => {
    if (Array.isArray(value)) return encodeArray(value);
    const item = encode(value);
    if (item === null) return "NULL";
    const text = typeof item === "string" ? item : `\\x${item.toString("hex")}`;
    return `"${text.replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${items.join(",")}}`;
}
