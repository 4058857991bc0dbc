import { createCipheriv, createDecipheriv } from "node:crypto";

/** Bytes that are encrypted and authenticated together. */
const CHUNK = 64 * 1024;
const TAG = 16;

/**
 * AES-256-GCM over chunks of 64 KB, each followed by its tag. A chunk's nonce is its number and whether it is the last one
 * (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): so chunks that are missing at the end, in
 * another order, or twice are found as surely as changed ones.
 *
 * @param key for this one stream and no other: nonces begin anew.
 */
export async function* encrypt(source: AsyncIterable<Buffer>, key: Buffer): AsyncGenerator<Buffer, void, undefined> {
  let number = 0;
  for await (const { bytes, isLast } of chunksOf(source, CHUNK)) {
    const cipher = createCipheriv("aes-256-gcm", key, nonce(number++, isLast));
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

/** What was encrypted. @throws {Error} when it is not what `encrypt` gave, whole, with this key. */
export async function* decrypt(source: AsyncIterable<Buffer>, key: Buffer): AsyncGenerator<Buffer, void, undefined> {
  let number = 0;
  for await (const { bytes, isLast } of chunksOf(source, CHUNK + TAG)) {
    if (bytes.length < TAG) throw new Error("it ends within a chunk");
    const decipher = createDecipheriv("aes-256-gcm", key, nonce(number++, isLast), { authTagLength: TAG });
    decipher.setAuthTag(bytes.subarray(-TAG));
    // Nothing is given out before it is known to be right.
    yield Buffer.concat([decipher.update(bytes.subarray(0, -TAG)), decipher.final()]);
  }
}

/** Pieces of exactly `size` bytes but the last, of which there is always one. */
async function* chunksOf(
  source: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<{ bytes: Buffer; isLast: boolean }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of source) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (; rest.length > size; rest = rest.subarray(size)) yield { bytes: rest.subarray(0, size), isLast: false };
  }
  yield { bytes: rest, isLast: true };
}

function nonce(number: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(BigInt(number), 3);
  bytes[11] = isLast ? 1 : 0;
  return bytes;
}
