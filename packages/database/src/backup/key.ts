import { createHmac, hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { BackupKeyUnfit } from "./errors.ts";

const BYTES = 32;
const HOW = "Make one with: openssl rand -base64 32";

/** A key that backups are encrypted with: 32 bytes, which nothing prints. */
export class BackupKey {
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @param text 32 bytes in base64 or hexadecimal digits. @throws {BackupKeyUnfit} */
  static from(text: string, name = "The key of the backups"): BackupKey {
    const trimmed = text.trim();
    if (/^[\da-f]{64}$/i.test(trimmed)) return new BackupKey(Buffer.from(trimmed, "hex"));
    const bytes = Buffer.from(trimmed, "base64");
    if (!/^[\w+/-]+={0,2}$/.test(trimmed) || bytes.length !== BYTES) {
      throw new BackupKeyUnfit(`${name} is not ${BYTES} bytes in base64 or hexadecimal digits. ${HOW}`);
    }
    return new BackupKey(bytes);
  }

  /** @param path of a file that holds what `from` takes. @throws {BackupKeyUnfit} */
  static fromFile(path: string): BackupKey {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new BackupKeyUnfit(`The key file ${path} cannot be read (${code}).`, { cause: error });
    }
    return BackupKey.from(text, `What ${path} holds`);
  }

  /**
   * The key of the environment: BACKUP_KEY, or in the file that BACKUP_KEY_FILE names; undefined where neither is set.
   *
   * @throws {BackupKeyUnfit} also when both are.
   */
  static fromEnvironment(env: Readonly<Record<string, string | undefined>>): BackupKey | undefined {
    const [text, path] = [env["BACKUP_KEY"]?.trim(), env["BACKUP_KEY_FILE"]?.trim()];
    if (text && path) throw new BackupKeyUnfit("BACKUP_KEY and BACKUP_KEY_FILE are both set. Keep one of them.");
    if (text) return BackupKey.from(text, "BACKUP_KEY");
    return path ? BackupKey.fromFile(path) : undefined;
  }

  /**
   * A key for one purpose within one backup (RFC 5869): so no two files are encrypted with the same one, and none can take
   * the place of another.
   *
   * @param salt the backup's own.
   */
  derive(salt: string, purpose: string): Buffer {
    return Buffer.from(hkdfSync("sha256", this.#bytes, salt, `hypertroq backup ${purpose}`, BYTES));
  }

  /** Tells this key from others without telling anything of it. */
  check(salt: string): string {
    return this.derive(salt, "check").toString("hex").slice(0, BYTES);
  }

  /** A keyed checksum. */
  seal(salt: string, purpose: string, content: string | Buffer): string {
    return createHmac("sha256", this.derive(salt, `seal ${purpose}`))
      .update(content)
      .digest("hex");
  }
}
