import { readdirSync, readFileSync, renameSync, statSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL } from "../../../../test/sample.ts";
import { decrypt, encrypt } from "../../src/backup/cipher.ts";
import { listBackups } from "../../src/backup/directory.ts";
import { BackupDamaged, BackupKeyUnfit } from "../../src/backup/errors.ts";
import { BackupKey } from "../../src/backup/key.ts";
import { encodeManifest, MANIFEST, type Manifest } from "../../src/backup/manifest.ts";
import { restoreBackup } from "../../src/backup/restore.ts";
import { RowsDigest } from "../../src/backup/rows-digest.ts";
import { verifyBackup } from "../../src/backup/verify.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { Random } from "../faults/random.ts";
import { backUp, backupDirectory, newKey } from "./backup-directory.ts";
import { fillNoisy } from "./noisy-table.ts";

const random = new Random(Math.floor(Date.now() / 86_400_000));
const key = newKey();
const [plain, secret] = [backupDirectory(), backupDirectory()];
let database: TestDatabase;
let made: { readonly plain: Manifest; readonly secret: Manifest };
beforeAll(async () => {
  database = await createTestDatabase();
  await fillNoisy(database);
  made = { plain: await backUp(database.url, plain.path), secret: await backUp(database.url, secret.path, key) };
});
afterAll(async () => {
  plain[Symbol.dispose]();
  secret[Symbol.dispose]();
  await database.drop();
});

/** What verifying says: the code of the error, or "good". */
const verdict = (directory: string, by: BackupKey | undefined = key): Promise<string> =>
  verifyBackup({ directory, backup: readdirSync(directory).find((name) => !name.includes("."))!, key: by }).then(
    () => "good",
    (error: { code?: string }) => error.code ?? String(error),
  );

/** Does something to a file of a backup, looks, and puts the file back. */
async function whileDifferent<T>(path: string, change: () => void, look: () => Promise<T>): Promise<T> {
  const before = readFileSync(path);
  change();
  try {
    return await look();
  } finally {
    writeFileSync(path, before);
  }
}

describe.each([
  ["plain", plain],
  ["encrypted", secret],
])("a backup that is %s", (_, { path: directory }) => {
  it("is found out when one byte of it is another, wherever", async () => {
    expect(await verdict(directory)).toBe("good");
    const [name] = readdirSync(directory) as [string];
    const files = readdirSync(join(directory, name)).map((file) => join(directory, name, file));
    const all = files.flatMap((file) =>
      Array.from({ length: FULL ? 5 : 2 }, () => ({ file, size: statSync(file).size })),
    );
    const most = FULL ? 400 : all.length;
    for (let flip = 0; flip < most; flip++) {
      const { file, size } = flip < all.length ? all[flip]! : random.pick(all);
      const [at, bit] = [random.between(0, size - 1), random.between(0, 7)];
      const flipBit = (): void => {
        const bytes = readFileSync(file);
        bytes[at]! ^= 1 << bit;
        writeFileSync(file, bytes);
      };
      const found = await whileDifferent(file, flipBit, () => verdict(directory));
      expect(found, `bit ${bit} of byte ${at} of ${file}`).toBe("BACKUP_DAMAGED");
    }
    expect(await verdict(directory)).toBe("good");
  });

  it("is no good one when a file is shorter or gone, and list says which", async () => {
    const [name] = readdirSync(directory) as [string];
    for (const file of readdirSync(join(directory, name))) {
      const path = join(directory, name, file);
      const shorter = (): void => truncateSync(path, statSync(path).size - 1);
      for (const change of [shorter, () => unlinkSync(path)]) {
        const [entry] = await whileDifferent(path, change, () => listBackups(directory));
        expect(entry).toMatchObject({ state: "damaged", problems: [expect.stringMatching(/manifest|\.gz/)] });
      }
    }
  });
});

it("names the files that are damaged, and restores nothing of them", async () => {
  const { name, tables } = made.plain;
  const [notes] = tables.filter((table) => table.name === "notes");
  const path = join(plain.path, name, notes!.file);
  const flip = (): void => {
    const bytes = readFileSync(path);
    bytes[bytes.length - 30]! ^= 1;
    writeFileSync(path, bytes);
  };
  await using target = await createTestDatabase();
  await whileDifferent(path, flip, async () => {
    await expect(verifyBackup({ directory: plain.path })).rejects.toThrow(
      `The backup ${name} is damaged: ${notes!.file} `,
    );
    const restoring = restoreBackup({ connect: connectOptions({ url: target.url }), directory: plain.path });
    await expect(restoring).rejects.toThrow(BackupDamaged);
  });
  expect(await target.query("select from pg_class where oid >= 16384")).toEqual([]);
});

it("tells a wrong key from damage, and reads nothing without one", async () => {
  const { name } = made.secret;
  expect(await verdict(secret.path, newKey())).toBe("BACKUP_KEY_UNFIT");
  await expect(verifyBackup({ directory: secret.path, key: newKey() })).rejects.toThrow(
    `The backup ${name} was encrypted with another key than this one.`,
  );
  await expect(verifyBackup({ directory: secret.path })).rejects.toThrow(
    `The backup ${name} is encrypted, and there is no key. Set BACKUP_KEY.`,
  );
  const connect = connectOptions({ url: database.url });
  await expect(restoreBackup({ connect, directory: secret.path, key: newKey() })).rejects.toThrow(BackupKeyUnfit);
});

it("does not believe a manifest that somebody without the key has written", async () => {
  const path = join(secret.path, made.secret.name, MANIFEST);
  const { seal } = JSON.parse(readFileSync(path, "utf8"));
  const forged = encodeManifest({ ...made.secret, database: "another" }, newKey());
  const forge = (): void => writeFileSync(path, `${JSON.stringify({ ...JSON.parse(forged), seal }, undefined, 2)}\n`);
  await whileDifferent(path, forge, async () => {
    expect(await listBackups(secret.path)).toMatchObject([{ state: "good" }]); // nobody has been asked for a key
    expect(await verdict(secret.path)).toBe("BACKUP_DAMAGED");
  });
});

it("does not take one file for another, though both are whole", async () => {
  const [a, b] = made.secret.tables as [Manifest["tables"][0], Manifest["tables"][0]];
  const swapped = made.secret.tables.map((table) => {
    const other = table === a ? b : a;
    return { ...table, file: table.file, bytes: other.bytes, sha256: other.sha256, rows: other.rows };
  });
  const path = join(secret.path, made.secret.name);
  const swap = (): void => {
    renameSync(join(path, a.file), join(path, "away"));
    renameSync(join(path, b.file), join(path, a.file));
    renameSync(join(path, "away"), join(path, b.file));
  };
  await whileDifferent(
    join(path, MANIFEST),
    () => {
      swap();
      writeFileSync(join(path, MANIFEST), encodeManifest({ ...made.secret, tables: swapped }, key));
    },
    async () => {
      await expect(verifyBackup({ directory: secret.path, key })).rejects.toThrow(/unable to authenticate/);
      swap();
    },
  );
});

it("finds chunks that are missing, twice or in another order", async () => {
  const [chunk, bytes] = [64 * 1024 + 16, Buffer.alloc(300_000, "abc")];
  const one = Buffer.alloc(32, 1);
  const read = async (pieces: AsyncIterable<Buffer>): Promise<Buffer> => {
    const all: Buffer[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all);
  };
  async function* given(content: Buffer, size = 1000): AsyncGenerator<Buffer> {
    for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
  }
  const stored = await read(encrypt(given(bytes), one));
  expect(stored.length).toBe(bytes.length + Math.ceil(bytes.length / (chunk - 16)) * 16);
  for (const size of [1, 777, chunk, 1_000_000]) {
    if (size > 1 || FULL) expect((await read(decrypt(given(stored, size), one))).equals(bytes)).toBe(true);
  }
  const part = (from: number, to?: number): Buffer => stored.subarray(from * chunk, to === undefined ? to : to * chunk);
  const wrong = {
    "its last chunk is missing": part(0, 4),
    "nothing is left": Buffer.alloc(0),
    "two chunks changed places": Buffer.concat([part(1, 2), part(0, 1), part(2)]),
    "one comes twice": Buffer.concat([part(0, 1), part(0)]),
    "one is missing": Buffer.concat([part(0, 1), part(2)]),
    "something comes after it": Buffer.concat([stored, Buffer.from("x")]),
  };
  for (const [what, content] of Object.entries(wrong)) {
    await expect(read(decrypt(given(content), one)), what).rejects.toThrow();
  }
  expect(await read(decrypt(encrypt(given(Buffer.alloc(0)), one), one))).toHaveLength(0);
  const exact = Buffer.alloc(2 * (chunk - 16), 7);
  expect((await read(decrypt(encrypt(given(exact), one), one))).equals(exact)).toBe(true);
});

it("sums up rows in any order and cut anywhere, and knows one from twice", () => {
  const rows = Array.from({ length: 50 }, (_, i) => `${i}\t${"é".repeat(i)}\n`);
  const digest = (text: string, size: number): string | undefined => {
    const [made, bytes] = [new RowsDigest(), Buffer.from(text)];
    for (let at = 0; at < bytes.length; at += size) made.update(bytes.subarray(at, at + size));
    return made.value()?.toString("hex");
  };
  const whole = digest(rows.join(""), 10_000);
  expect(whole).toMatch(/^[\da-f]{64}$/);
  for (const size of [1, 7, 64]) expect(digest([...rows].reverse().join(""), size)).toBe(whole);
  expect(digest(rows.slice(1).join(""), 100)).not.toBe(whole);
  expect(digest([...rows, rows[3]!, rows[3]!].join(""), 100)).not.toBe(whole);
  expect(digest(rows.join("").slice(0, -1), 100)).toBeUndefined();
  // One that comes in very many pieces is not put together from them again and again.
  const long = `${"x".repeat(2 ** 24)}\n`;
  expect(digest(long, 256)).toBe(digest(long, long.length));
});

it("takes keys in base64 and hexadecimal digits, from the environment or a file, and never shows one", () => {
  const bytes = Buffer.alloc(32, 0xab);
  const salt = "salt";
  const check = BackupKey.from(bytes.toString("hex")).check(salt);
  const file = join(plain.path, ".key");
  writeFileSync(file, `${bytes.toString("base64")}\n`);
  const same = [{ BACKUP_KEY: ` ${bytes.toString("base64")} ` }, { BACKUP_KEY_FILE: file }];
  for (const env of same) expect(BackupKey.fromEnvironment(env)!.check(salt)).toBe(check);
  expect(BackupKey.fromEnvironment({ BACKUP_KEY: "", BACKUP_KEY_FILE: "" })).toBeUndefined();
  expect(() => BackupKey.fromEnvironment({ BACKUP_KEY: "x", BACKUP_KEY_FILE: "y" })).toThrow("are both set");
  for (const wrong of ["hunter2-hunter2", "ab".repeat(31), bytes.toString("base64").slice(4), "é".repeat(22)]) {
    expect(() => BackupKey.from(wrong, "BACKUP_KEY")).toThrow(/^BACKUP_KEY is not 32 bytes/);
    expect(() => BackupKey.from(wrong)).not.toThrow(wrong);
  }
  expect(() => BackupKey.fromFile(join(plain.path, "none"))).toThrow(/none cannot be read \(ENOENT\)/);
  unlinkSync(file);
});
