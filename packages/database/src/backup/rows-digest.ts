import { createHash, type Hash, hash } from "node:crypto";

const NEWLINE = 0x0a;

/**
 * A checksum over the rows of a table, as COPY writes them in its text format, whatever their order: the sum of the rows'
 * SHA-256. A table that was restored need not give its rows in the order in which it got them.
 */
export class RowsDigest {
  readonly #sum = new Uint32Array(8);
  #rows = 0;
  /** Of the row that has begun. It is not gathered: a row may be a gigabyte. */
  #begun: Hash | undefined;

  /** @param bytes cut anywhere. */
  update(bytes: Buffer): void {
    let from = 0;
    // A line break within a value is written as \n (COPY, "Text Format").
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      const rest = bytes.subarray(from, end);
      this.#add(this.#begun === undefined ? hash("sha256", rest, "buffer") : this.#begun.update(rest).digest());
      this.#begun = undefined;
      from = end + 1;
    }
    if (from === bytes.length) return;
    this.#begun ??= createHash("sha256");
    this.#begun.update(bytes.subarray(from));
  }

  get rows(): number {
    return this.#rows;
  }

  /** The checksum of what came so far; undefined when it ended within a row. */
  value(): Buffer | undefined {
    if (this.#begun !== undefined) return undefined;
    const bytes = Buffer.alloc(32);
    for (const [i, word] of this.#sum.entries()) bytes.writeUInt32BE(word, i * 4);
    return bytes;
  }

  #add(digest: Buffer): void {
    const sum = this.#sum;
    for (let i = 0; i < 8; i++) sum[i] = sum[i]! + digest.readUInt32BE(i * 4); // modulo 2^32
    this.#rows += 1;
  }
}
