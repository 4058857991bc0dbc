import { createHash } from "node:crypto";

/**
 * Numbers that look random and are the same in every run: sfc32 (Chris Doty-Humphrey, PractRand), seeded with the SHA-256 of
 * a text. For data to develop with, never for secrets.
 */
export class Random {
  readonly #state: Uint32Array;
  readonly #bytes = Buffer.alloc(16);

  /** @param seed what the numbers are made of: the same text, the same numbers. */
  constructor(seed: string) {
    const digest = createHash("sha256").update(seed).digest();
    this.#state = Uint32Array.of(digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), 1);
    for (let i = 0; i < 12; i++) this.#bits(); // as its author says, until the state is mixed
  }

  /** A whole number from `least` to `most`, both of them possible. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.#fraction() * (most - least + 1));
  }

  /** One of the list. */
  pick<T>(list: readonly T[]): T {
    return list[this.integer(0, list.length - 1)]!;
  }

  /** True so often: 0.1 is one time in ten. */
  chance(probability: number): boolean {
    return this.#fraction() < probability;
  }

  /** A moment from `from` to `to`, in whole milliseconds. */
  moment(from: Date, to: Date): Date {
    return new Date(this.integer(from.getTime(), to.getTime()));
  }

  /** A version 4 UUID (RFC 9562, section 5.4). */
  uuid(): string {
    const bytes = this.#bytes;
    for (let i = 0; i < 16; i += 4) bytes.writeUInt32BE(this.#bits(), i);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = bytes.toString("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** From 0 up to 1, in steps of 2^-53. */
  #fraction(): number {
    return ((this.#bits() >>> 5) * 2 ** 26 + (this.#bits() >>> 6)) / 2 ** 53;
  }

  /** The next 32 bits. */
  #bits(): number {
    const state = this.#state;
    const [a, b, c, counter] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const sum = (a + b + counter) >>> 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    state[3] = counter + 1;
    return sum;
  }
}
