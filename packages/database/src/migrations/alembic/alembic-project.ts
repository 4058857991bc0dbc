import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { AlembicFileInvalid, AlembicProjectInvalid } from "./errors.ts";
import { IniSection } from "./ini-file.ts";
import { type PythonRevision, readPythonRevision } from "./python-revision.ts";

/** A revision file of Alembic's, read. */
export interface AlembicRevision extends PythonRevision {
  readonly file: string;
  /** The file's text. */
  readonly source: string;
}

export interface AlembicProject {
  /** The project's `alembic.ini`; undefined where none was found, and then Alembic cannot be run. */
  readonly iniFile: string | undefined;
  readonly revisions: readonly AlembicRevision[];
}

/**
 * Finds and reads an Alembic project.
 *
 * @param directory what holds `alembic.ini`, or the script directory, or its `versions`; of the latter two the
 *   `alembic.ini` above them is taken if it is theirs.
 * @throws {AlembicProjectInvalid} when there is no such thing, or no revision in it. @throws {AlembicFileInvalid}
 */
export async function readAlembicProject(directory: string): Promise<AlembicProject> {
  const root = resolve(directory);
  if (!(await isDirectory(root))) throw new AlembicProjectInvalid(directory, "it is no directory");
  const { iniFile, locations, recursive } = await locate(root);
  const revisions: AlembicRevision[] = [];
  for (const file of await revisionFiles(locations, recursive)) revisions.push(await readFileOf(file));
  if (revisions.length === 0) {
    throw new AlembicProjectInvalid(
      directory,
      `no revision was found in ${locations.join(", ")}; name the directory of alembic.ini, or of the revision files`,
    );
  }
  return { iniFile, revisions };
}

interface Locations {
  readonly iniFile: string | undefined;
  /** Directories that hold revision files. */
  readonly locations: readonly string[];
  readonly recursive: boolean;
}

async function locate(root: string): Promise<Locations> {
  if (await isFile(join(root, "alembic.ini"))) return fromIni(join(root, "alembic.ini"));
  const versions = (await isDirectory(join(root, "versions"))) ? join(root, "versions") : root;
  for (let above = dirname(root); ; above = dirname(above)) {
    const iniFile = join(above, "alembic.ini");
    if (await isFile(iniFile)) {
      // One that cannot be read is no reason to refuse a directory that can.
      const found = await fromIni(iniFile).catch(() => undefined);
      const real = await Promise.all(
        (found?.locations ?? []).map((location) => realpath(location).catch(() => location)),
      );
      if (found !== undefined && real.includes(await realpath(versions))) return found;
    }
    if (above === dirname(above)) return { iniFile: undefined, locations: [versions], recursive: false };
  }
}

async function fromIni(iniFile: string): Promise<Locations> {
  const fail = (problem: string): never => {
    throw new AlembicProjectInvalid(iniFile, `${problem}; name the directory of its revision files instead`);
  };
  const here = dirname(iniFile);
  const ini = IniSection.read(await readText(iniFile), "alembic", here);
  if (ini === undefined) return fail("it has no section [alembic]");
  if (ini.get("sourceless") === "true") return fail("it says sourceless, and compiled revisions cannot be read");
  const given = ini.get("version_locations");
  const recursive = ini.get("recursive_version_locations") === "true";
  if (given !== undefined && given.trim() !== "") {
    const separator = ini.get("path_separator") ?? ini.get("version_path_separator");
    const parts = splitLocations(given, separator);
    if (parts === undefined) return fail(`its separator of version_locations, ${separator}, is none of Alembic's`);
    return { iniFile, recursive, locations: await Promise.all(parts.map((part) => resource(part, here, fail))) };
  }
  const script = ini.get("script_location");
  if (script === undefined) return fail("its script_location is not there, or names what is not there");
  return { iniFile, recursive, locations: [join(await resource(script, here, fail), "versions")] };
}

/** Alembic, "Working with Branches", on `version_path_separator`; without one white space and commas separate. */
function splitLocations(text: string, separator: string | undefined): readonly string[] | undefined {
  const signs: Readonly<Record<string, string | RegExp>> = {
    "": /, *| +|\n/,
    space: " ",
    newline: "\n",
    os: delimiter,
    ":": ":",
    ";": ";",
  };
  const sign = signs[separator ?? ""];
  if (sign === undefined) return undefined;
  return text.split(sign).flatMap((part) => part.trim() || []);
}

/** A path; `package:path` is looked for below the ini file's directory, where a package of the project's own stands. */
async function resource(text: string, here: string, fail: (problem: string) => never): Promise<string> {
  const [, name, path] = /^([\w.]+):(.*)$/.exec(text) ?? [];
  if (name === undefined || path === undefined) return resolve(here, text);
  const found = join(here, ...name.split("."), path);
  return (await isDirectory(found)) ? found : fail(`it names ${text}, a place inside a Python package`);
}

/** The files that Alembic takes for revisions, in the order of their paths; each once, however often it is reached. */
async function revisionFiles(locations: readonly string[], recursive: boolean): Promise<readonly string[]> {
  const files = new Map<string, string>();
  for (const location of locations) {
    for (const file of await list(location, recursive)) {
      const real = await realpath(file).catch(() => file); // reading it will say what is wrong
      if (!files.has(real)) files.set(real, file);
    }
  }
  return [...files.values()].sort();
}

async function list(location: string, recursive: boolean): Promise<readonly string[]> {
  let entries: Awaited<ReturnType<typeof entriesOf>>;
  try {
    entries = await entriesOf(location);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return []; // Alembic passes over a location that is not there
    throw new AlembicProjectInvalid(location, `it cannot be read (${code})`);
  }
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(location, entry.name);
    if (recursive && entry.isDirectory() && entry.name !== "__pycache__") files.push(...(await list(path, true)));
    else if (/^(?!\.#|__init__).*\.py$/.test(entry.name) && !entry.isDirectory()) files.push(path);
  }
  return files;
}

function entriesOf(location: string) {
  return readdir(location, { withFileTypes: true });
}

async function readFileOf(file: string): Promise<AlembicRevision> {
  const source = await readText(file);
  return { file, source, ...readPythonRevision(file, source) };
}

async function readText(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new AlembicFileInvalid(file, undefined, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new AlembicFileInvalid(file, undefined, "it is not UTF-8; save it as UTF-8");
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
