import { createHash } from "node:crypto";
import { InvalidCursor } from "../errors.ts";

const VERSION = 1;

/**
 * A place in a sorted list, as opaque text for a URL: the database's own text of the sort keys of the last row seen.
 * A checksum over the list's name and the keys makes a cursor of another list, or a damaged one, tell itself.
 */
export function encodeCursor(list: string, keys: readonly string[]): string {
  return Buffer.from(JSON.stringify([VERSION, checksum(list, keys), ...keys])).toString("base64url");
}

/** @throws {InvalidCursor} when the text is no cursor of this list. */
export function decodeCursor(list: string, cursor: string): readonly string[] {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw new InvalidCursor();
  }
  if (!Array.isArray(content)) throw new InvalidCursor();
  const [version, sum, ...keys] = content as unknown[];
  if (version !== VERSION || !isKeys(keys) || sum !== checksum(list, keys)) throw new InvalidCursor();
  return keys;
}

function checksum(list: string, keys: readonly string[]): string {
  return createHash("sha256")
    .update(JSON.stringify([list, ...keys]))
    .digest("base64url")
    .slice(0, 10);
}

/** Whether these can be keys: PostgreSQL has no text with U+0000, nor with half of a surrogate pair. */
function isKeys(values: readonly unknown[]): values is readonly string[] {
  return values.every((value) => typeof value === "string" && !value.includes("\0") && !/\p{Surrogate}/u.test(value));
}
