import { randomFillSync } from "node:crypto";

const bytes = new Uint8Array(16);

/**
 * A version 7 UUID (RFC 9562, section 5.7): milliseconds since 1970 in the first 48 bits, random below. Keys made one
 * after another are close together in an index, and are known before the insert.
 */
export function uuidv7(now = Date.now()): string {
  randomFillSync(bytes);
  for (let i = 5, rest = now; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
