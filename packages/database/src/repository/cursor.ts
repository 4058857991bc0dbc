import { hash } from "node:crypto";
import { InvalidCursor } from "../errors.ts";

const VERSION = 1;

/** The database's own text of a row's sort keys; null is NULL. None at all: an end of the list. */
export type CursorKeys = readonly (string | null)[];

/**
 * A place in a sorted list, as opaque text for a URL: the sort keys of a row. A checksum over the list's name and the keys
 * makes a cursor of another list, or a damaged one, tell itself. It is no secret: who forges a cursor asks for another
 * place in the same list.
 */
export function encodeCursor(list: string, keys: CursorKeys): string {
  return Buffer.from(JSON.stringify([VERSION, checksum(list, keys), ...keys])).toString("base64url");
}

/** @throws {InvalidCursor} when it is no cursor of this list, whose rows have so many sort keys. */
export function decodeCursor(list: string, length: number, cursor: unknown): CursorKeys {
  if (typeof cursor !== "string") throw new InvalidCursor();
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw new InvalidCursor();
  }
  const keys: unknown[] = Array.isArray(content) ? content.slice(2) : [];
  // There is one text for a place, whatever else would be read as the same.
  const isPlace = keys.length === length || keys.length === 0;
  if (isPlace && areKeys(keys) && encodeCursor(list, keys) === cursor) return keys;
  throw new InvalidCursor();
}

function checksum(list: string, keys: CursorKeys): string {
  return hash("sha256", JSON.stringify([list, ...keys]), "base64url").slice(0, 10);
}

/** Whether these can be keys: PostgreSQL has no text with U+0000, nor with half of a surrogate pair. */
function areKeys(values: readonly unknown[]): values is CursorKeys {
  return values.every(
    (value) => value === null || (typeof value === "string" && !value.includes("\0") && !/\p{Surrogate}/u.test(value)),
  );
}
