import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { DataDirectory } from "./data-directory.ts";
import { NoAccount } from "./errors.ts";
import type { Binaries } from "./platform.ts";
import { newName } from "./process-identity.ts";

/** Where data and binaries go when PostgreSQL has to run as a user who may not enter the directory asked for. */
export const fallbackRoot = "/var/lib/hypertroq";

/**
 * As whom PostgreSQL runs. It refuses uid 0 (Creating a Database Cluster), so root needs one of two ways:
 *
 * - `namespace`: `unshare -U --map-user=N`, a user namespace in which root is called N. To the kernel it is still root, so
 *   the files stay root's and a directory only root may enter is no obstacle. Also for a user without a line in
 *   /etc/passwd, whom initdb refuses.
 * - `other`: another uid, when namespaces are blocked or the data directory is that uid's already.
 */
export interface Account {
  readonly kind: "self" | "namespace" | "other";
  readonly uid?: number;
  readonly gid?: number;
  /** The command line that runs `file` as this account, given the uid and gid above to spawn. */
  command(file: string, args: readonly string[]): readonly [file: string, args: readonly string[]];
}

/** A data directory, the account that may work in it, and binaries which that account may execute. */
export interface Place {
  readonly dataDir: string;
  readonly account: Account;
  readonly binaries: Binaries;
  /** One line to tell the user, when something went elsewhere than asked. */
  readonly note?: string;
}

const self: Account = { kind: "self", command: (file, args) => [file, args] };

/**
 * Where the data directory asked for really is: below the fallback directory when an earlier start had to put it there.
 */
export function locateDataDirectory(asked: string): string {
  if (!isRoot()) return asked;
  const fallback = fallbackFor(asked);
  return existsSync(fallback) ? fallback : asked;
}

/**
 * Decides where a cluster lives and as whom its server runs.
 *
 * @param asked - an absolute path, or undefined for a throw-away server, which gets a new one in the temporary directory.
 * @throws NoAccount; an AbortError when a signal ended what tries it out: that says nothing about the place.
 */
export async function choosePlace(asked: string | undefined, binaries: Binaries): Promise<Place> {
  const name = newName();
  const dataDir = asked === undefined ? join(tmpdir(), name) : locateDataDirectory(asked);
  if (process.platform === "win32" || (!isRoot() && hasName())) return { dataDir, account: self, binaries };
  if (isRoot() && new DataDirectory(dataDir).ours) {
    const { uid, gid } = statSync(dataDir);
    if (uid !== 0) return placeOf(otherUser(uid, gid), dataDir, asked, binaries);
  }
  const namespace = userNamespace();
  if (namespace && (await mayWork(namespace, dataDir, binaries))) return { dataDir, account: namespace, binaries };
  if (!isRoot()) {
    throw new NoAccount(
      `The user ${process.getuid?.()} has no line in /etc/passwd, which initdb insists on, and user namespaces are blocked. Run as a user who has one.`,
    );
  }
  if (new DataDirectory(dataDir).initialised) {
    throw new NoAccount(
      `${dataDir} belongs to root, and PostgreSQL does not run as root where user namespaces are blocked (or this directory can't be entered from one). ` +
        `Nothing was changed. Allow user namespaces, or give the directory to another user: chown -R nobody ${dataDir}`,
    );
  }
  const nobody = passwd().find((user) => user.name === "nobody");
  if (nobody === undefined) {
    throw new NoAccount("PostgreSQL does not run as root, user namespaces are blocked, and there is no user nobody.");
  }
  const elsewhere = asked === undefined ? join(fallbackRoot, name) : fallbackFor(asked);
  return placeOf(otherUser(nobody.uid, nobody.gid), elsewhere, asked, binaries);
}

async function placeOf(
  account: Account,
  dataDir: string,
  asked: string | undefined,
  binaries: Binaries,
): Promise<Place> {
  if (dirname(dataDir) === fallbackRoot) makeFallbackRoot();
  const place = { dataDir, account, binaries: await reachable(account, binaries) };
  if (dataDir === asked) return place;
  return {
    ...place,
    note: `User namespaces are blocked here: PostgreSQL runs as uid ${account.uid}, its data is in ${dataDir}`,
  };
}

/** Gives a path to the account, when it is another's than ours. */
export function give(account: Account, path: string): void {
  if (account.uid !== undefined) lchownSync(path, account.uid, account.gid!);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function hasName(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

function passwd(): { name: string; uid: number; gid: number }[] {
  try {
    return readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .map((line) => line.split(":"))
      .filter((fields) => fields.length >= 4)
      .map(([name, , uid, gid]) => ({ name: name!, uid: Number(uid), gid: Number(gid) }));
  } catch {
    return [];
  }
}

/** initdb wants a user that /etc/passwd knows; which one does not matter inside a namespace of our own. */
function userNamespace(): Account | undefined {
  const user = passwd().find(({ uid }) => uid !== 0);
  if (process.platform !== "linux" || user === undefined) return undefined;
  return {
    kind: "namespace",
    command: (file, args) => ["unshare", ["-U", `--map-user=${user.uid}`, "--", file, ...args]],
  };
}

function otherUser(uid: number, gid: number): Account {
  return { kind: "other", uid, gid, command: (file, args) => [file, args] };
}

/** Tries it for real: only the kernel knows whether namespaces are allowed and what can be entered from one. */
function mayWork(account: Account, dataDir: string, binaries: Binaries): Promise<boolean> {
  let existing = dataDir;
  while (!existsSync(existing)) existing = dirname(existing);
  return succeeds(account, 'test -x "$1" && cd -- "$2" && test -w .', binaries.postgres, existing);
}

async function reachable(account: Account, binaries: Binaries): Promise<Binaries> {
  if (await succeeds(account, 'test -r "$1" && test -x "$1"', binaries.postgres)) return binaries;
  const copy = join(fallbackRoot, binaries.label);
  if (!existsSync(copy)) {
    makeFallbackRoot();
    const temporary = join(fallbackRoot, newName());
    try {
      await cp(binaries.root, join(temporary, "native"), { recursive: true, verbatimSymlinks: true });
      openToAll(temporary);
      renameSync(temporary, copy);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      // Another start was quicker.
      if (!existsSync(copy)) throw error;
    }
  }
  const root = join(copy, "native");
  const moved = (file: string): string => join(root, "bin", basename(file));
  return {
    ...binaries,
    root,
    initdb: moved(binaries.initdb),
    postgres: moved(binaries.postgres),
    pgCtl: moved(binaries.pgCtl),
  };
}

async function succeeds(account: Account, script: string, ...parameters: string[]): Promise<boolean> {
  const [file, args] = account.command("/bin/sh", ["-c", script, "sh", ...parameters]);
  const { uid, gid } = account;
  const child = spawn(file, args, {
    stdio: "ignore",
    cwd: "/",
    // A group of its own: Ctrl-C on the terminal is ours to handle.
    detached: true,
    ...(uid !== undefined && { uid, gid: gid! }),
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once("exit", (...end) => resolve(end)).once("error", () => resolve([null, null]));
  });
  if (signal === null) return code === 0;
  // Whoever ended it may mean us too: our own handlers come first.
  await setImmediate();
  throw new DOMException(`${signal} ended what tried out whether PostgreSQL can run here.`, "AbortError");
}

function openToAll(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chmodSync(path, stat.mode | (stat.isDirectory() || stat.mode & 0o100 ? 0o555 : 0o444));
  if (stat.isDirectory()) for (const entry of readdirSync(path)) openToAll(join(path, entry));
}

/** For all to enter, whatever the umask: what is in it is private by itself. */
function makeFallbackRoot(): void {
  mkdirSync(fallbackRoot, { recursive: true });
  chmodSync(fallbackRoot, 0o755);
}

/** Named after the path with every link resolved, as far as it exists: two ways to one directory find one cluster. */
function fallbackFor(asked: string): string {
  let existing = asked;
  while (!existsSync(existing)) existing = dirname(existing);
  const real = join(realpathSync(existing), asked.slice(existing.length));
  return join(fallbackRoot, createHash("sha256").update(real).digest("hex").slice(0, 16));
}
