import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { inject } from "vitest";

export const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

/** What programs need to find others and the network, and nothing that decides what else they do. */
const NEEDED = /^(PATH|HOME|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|\w+_PROXY|npm_config_(registry|cafile|cache))$/i;
export const ENVIRONMENT: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    NEEDED.test(name) && value !== undefined ? [[name, value]] : [],
  ),
);

/** The packages that are published. */
export const PACKAGES = ["@hypertroq/database", "@hypertroq/embedded-postgres", "create-hypertroq"] as const;
export type PackageName = (typeof PACKAGES)[number];

export const homeOf = (name: PackageName): string => join(root, "packages", name.replace("@hypertroq/", ""));

/** What `npm pack` makes of a package. */
export interface Packed {
  readonly name: PackageName;
  /** Path of the tarball. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  readonly unpackedSize: number;
  /** Paths in the package. */
  readonly files: readonly string[];
}

/**
 * The packages as `npm publish` would pack them; whoever asks first in a run has it done for all, see tarballs.ts. The
 * tarballs are everybody's: they are not to be changed.
 */
export async function packOnce(): Promise<readonly Packed[]> {
  const directory = inject("tarballs");
  const answer = join(directory, "packed.json");
  for (; !existsSync(answer); await setTimeout(50)) {
    try {
      mkdirSync(join(directory, "lock"));
    } catch {
      continue; // another file's tests are at it
    }
    try {
      writeFileSync(join(directory, "whole"), JSON.stringify(await pack(directory)));
      renameSync(join(directory, "whole"), answer);
    } finally {
      rmSync(join(directory, "lock"), { recursive: true });
    }
  }
  return JSON.parse(readFileSync(answer, "utf8"));
}

async function pack(directory: string): Promise<readonly Packed[]> {
  const words = ["pack", "--json", "--foreground-scripts=false", "--pack-destination", directory];
  const workspaces = PACKAGES.map((name) => `--workspace=${name}`);
  const { stdout } = await run("npm", [...words, ...workspaces], { cwd: root });
  const answer = JSON.parse(stdout) as (Omit<Packed, "files" | "file"> & {
    filename: string;
    files: { path: string }[];
  })[];
  return answer.map(({ name, filename, size, unpackedSize, files }) => ({
    name,
    file: join(directory, filename),
    size,
    unpackedSize,
    files: files.map(({ path }) => path),
  }));
}

/** A directory outside of the repository, in one that only its owner may enter; gone after use. */
export class Outside implements Disposable {
  readonly path: string;
  readonly #parent: string;

  constructor(name = "app") {
    this.#parent = mkdtempSync(join(tmpdir(), "hypertroq-package-"));
    this.path = join(this.#parent, name);
    mkdirSync(this.path);
  }

  /** Beside the directory. */
  beside(name: string): string {
    return join(this.#parent, name);
  }

  write(path: string, text: string): string {
    const file = join(this.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.#parent, { recursive: true, force: true, maxRetries: 3 });
  }
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * Lays packed packages into `node_modules` as npm would, without asking the network: what they depend on is linked to what
 * this repository has installed.
 *
 * @param more other packages to link.
 * @returns names of all packages that are there now.
 */
export async function link(
  directory: string,
  packed: readonly Packed[],
  more: readonly string[] = [],
): Promise<readonly string[]> {
  const modules = join(directory, "node_modules");
  const there = new Set<string>();
  for (const { name, file } of packed) {
    const home = join(modules, name);
    mkdirSync(home, { recursive: true });
    await run("tar", ["-xzf", file, "-C", home, "--strip-components=1"]);
    there.add(name);
  }
  const wanted = [...more, ...packed.flatMap(({ name }) => needsOf(join(modules, name)))];
  for (const name of wanted) {
    const original = join(root, "node_modules", name);
    if (there.has(name) || !existsSync(original)) continue;
    there.add(name);
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(original, join(modules, name));
    wanted.push(...needsOf(original));
  }
  return [...there];
}

function needsOf(directory: string): readonly string[] {
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(directory, "package.json"), "utf8"),
  ) as Manifest;
  return Object.keys({ ...dependencies, ...optionalDependencies });
}

/**
 * Has npm install packed packages, and what they depend on from the registry.
 *
 * @param more other packages, as npm's command line takes them.
 */
export async function install(
  directory: string,
  packed: readonly Packed[],
  more: readonly string[] = [],
): Promise<void> {
  await run("npm", ["install", ...packed.map(({ file }) => file), ...more], { cwd: directory, env: ENVIRONMENT });
}
