import { randomFillSync } from "node:crypto";

/** Random bytes for the next UUIDs, each used once: to ask the system costs more than all the rest, however many it gives. */
const entropy = Buffer.alloc(16 * 128);
let used = entropy.length;

/**
 * A version 7 UUID (RFC 9562, section 5.7): milliseconds since 1970 in the first 48 bits, random below. Keys made one
 * after another are close together in an index, and are known before the insert.
 */
export function uuidv7(now = Date.now()): string {
  if (used === entropy.length) {
    randomFillSync(entropy);
    used = 0;
  }
  const bytes = entropy.subarray(used, used + 16);
  used += 16;
  for (let i = 5, rest = now; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
