import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { decrypt, encrypt } from "./cipher.ts";
import { BackupNotWritten } from "./errors.ts";

/** A file of a backup: gzip, and encrypted if the backup is. */
export interface Part {
  /** Its name in the backup's directory. */
  readonly file: string;
  /** Its length. */
  readonly bytes: number;
  /** Of the file as it is stored, in hexadecimal digits. */
  readonly sha256: string;
}

/** Why a part cannot be used, as the end of a sentence. */
export class PartUnusable extends Error {}

/**
 * Writes a part and waits until it is on the disk.
 *
 * @param source is closed in any case.
 * @param key to encrypt it with.
 * @throws {BackupNotWritten} @throws what the source throws, or the signal's reason.
 */
export async function writePart(
  path: string,
  source: AsyncIterable<Buffer>,
  key: Buffer | undefined,
  signal?: AbortSignal,
): Promise<Omit<Part, "file">> {
  const digest = createHash("sha256");
  let bytes = 0;
  const file = await written(path, open(path, "wx", 0o600));
  try {
    const store = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
      for await (const piece of key === undefined ? pieces : encrypt(pieces, key)) {
        digest.update(piece);
        bytes += piece.length;
        await written(path, writeAll(file, piece));
      }
    };
    await pipeline(source, createGzip(), store, signal === undefined ? {} : { signal });
    await written(path, file.sync());
  } finally {
    await file.close();
  }
  return { bytes, sha256: digest.digest("hex") };
}

/** Waits for the file system. @throws {BackupNotWritten} */
export async function written<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new BackupNotWritten(dirname(path), error as NodeJS.ErrnoException);
  }
}

/** A disk that is nearly full takes a part of what it is given, without an error. */
async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

/**
 * What was written, in pieces cut anywhere. Wrong ones may have been given before the error comes: believe them at the end.
 *
 * @throws {PartUnusable} when the file is not what it was.
 */
export async function* readPart(
  path: string,
  part: Omit<Part, "file">,
  key: Buffer | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  const digest = createHash("sha256");
  let bytes = 0;
  async function* stored(): AsyncGenerator<Buffer, void, undefined> {
    for await (const piece of createReadStream(path)) {
      digest.update(piece as Buffer);
      bytes += (piece as Buffer).length;
      yield piece as Buffer;
    }
  }
  const gunzip = createGunzip();
  const fed = pipeline(key === undefined ? stored() : decrypt(stored(), key), gunzip);
  fed.catch(() => {}); // the loop below fails too
  try {
    for await (const piece of gunzip) yield piece as Buffer;
    await fed;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new PartUnusable(code === "ENOENT" ? "is missing." : `cannot be read (${code ?? message}).`);
  } finally {
    gunzip.destroy();
  }
  if (bytes !== part.bytes) throw new PartUnusable(`is ${bytes} bytes long and was ${part.bytes}.`);
  if (digest.digest("hex") !== part.sha256) throw new PartUnusable("has another SHA-256 than it had.");
}
