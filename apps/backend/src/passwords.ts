import { hash, verify } from "@node-rs/bcrypt";

/** bcrypt ignores what comes after its 72nd byte: a longer password would be accepted by its beginning. */
export const MAX_PASSWORD_BYTES = 72;
export const MIN_PASSWORD_LENGTH = 8;

/**
 * Hashes passwords with bcrypt, on libuv's threads, a few at a time: that pool has four, and files and name lookups
 * need some of them while hashes that take a quarter of a second each wait in line.
 */
export class PasswordHasher {
  readonly #cost: number;
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param cost bcrypt's: the work doubles with each step; 12 is what the stored hashes have. */
  constructor({ cost = 12, limit = 2 }: { readonly cost?: number; readonly limit?: number } = {}) {
    this.#cost = cost;
    this.#limit = limit;
  }

  /** @throws {RangeError} when the password has more than 72 bytes. */
  async hash(password: string): Promise<string> {
    return await this.#inTurn(() => hash(password, { cost: this.#cost, rejectLongPasswords: true }));
  }

  /**
   * Whether a password is the one that was hashed. Without a hash, which is to say that nobody has that name, it is not,
   * and finding that out takes as long.
   */
  async verify(password: string, hashed: string | undefined): Promise<boolean> {
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return false;
    return await this.#inTurn(async () => {
      if (hashed !== undefined) return await verify(password, hashed);
      await hash(password, { cost: this.#cost });
      return false;
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running === this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
