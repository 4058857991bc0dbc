import { quoteName } from "../operations/identifier.ts";
import type { Key } from "./catalog.ts";

/** The key of an object: `key("column", "public", "users", "email")`. */
export function key(kind: string, ...parts: readonly string[]): Key {
  return `${kind} ${parts.map(plain).join(".")}`;
}

/** Quoted where SQL would need it, as quote_ident() does but for words of SQL, which a key can hold as they are. */
export function plain(part: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(part) ? part : quoteName(part);
}
