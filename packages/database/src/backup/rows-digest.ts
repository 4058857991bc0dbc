import { hash } from "node:crypto";

const NEWLINE = 0x0a;

/**
 * A checksum over the rows of a table, as COPY writes them in its text format, whatever their order: the sum of the rows'
 * SHA-256. A table that was restored need not give its rows in the order in which it got them.
 */
export class RowsDigest {
  readonly #sum = new Uint32Array(8);
  #rows = 0;
  #rest: Buffer = Buffer.alloc(0);

  /** @param bytes cut anywhere. */
  update(bytes: Buffer): void {
    const text = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let from = 0;
    // A line break within a value is written as \n (COPY, "Text Format").
    for (let end = text.indexOf(NEWLINE); end !== -1; end = text.indexOf(NEWLINE, from)) {
      this.#add(text.subarray(from, end));
      from = end + 1;
    }
    this.#rest = from === text.length ? text.subarray(from) : Buffer.from(text.subarray(from));
  }

  get rows(): number {
    return this.#rows;
  }

  /** The checksum of what came so far; undefined when it ended within a row. */
  value(): Buffer | undefined {
    if (this.#rest.length > 0) return undefined;
    const bytes = Buffer.alloc(32);
    for (const [i, word] of this.#sum.entries()) bytes.writeUInt32BE(word, i * 4);
    return bytes;
  }

  #add(row: Buffer): void {
    const digest = hash("sha256", row, "buffer");
    const sum = this.#sum;
    for (let i = 0; i < 8; i++) sum[i] = sum[i]! + digest.readUInt32BE(i * 4); // modulo 2^32
    this.#rows += 1;
  }
}
