import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What a program loaded, and printed. */
export interface Loaded {
  readonly stdout: string;
  /** Paths of all files that became modules, imported and required. */
  readonly files: readonly string[];
  /** Parts of Node itself, by their internal names. */
  readonly builtins: readonly string[];
}

/** Runs before the program: an import shows in the hook, a `require` in the cache. */
const RECORDER = `
  import { appendFileSync } from "node:fs";
  import { createRequire, register } from "node:module";
  const { cache } = createRequire("/");
  register("data:text/javascript," + encodeURIComponent(\`
    import { appendFileSync } from "node:fs";
    export async function load(url, context, next) {
      appendFileSync(process.env.LOADED, url + "\\\\n");
      return next(url, context);
    }\`));
  process.on("exit", () => {
    const lines = [...Object.keys(cache).map((path) => "file://" + path), ...process.moduleLoadList];
    appendFileSync(process.env.LOADED, lines.join("\\n") + "\\n");
  });`;

/** Runs Node with these words and tells what it loaded. */
export async function modulesOf(
  words: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Loaded> {
  const folder = await mkdtemp(join(tmpdir(), "hypertroq-loaded-"));
  const log = join(folder, "log");
  try {
    const recorder = `data:text/javascript,${encodeURIComponent(RECORDER)}`;
    const { PATH = "", HOME = "" } = process.env;
    const { stdout } = await run(process.execPath, ["--import", recorder, ...words], {
      cwd,
      env: { PATH, HOME, LOADED: log, ...env },
    });
    const lines = [...new Set((await readFile(log, "utf8")).split("\n"))];
    return {
      stdout,
      files: lines.filter((line) => line.startsWith("file://")).map((line) => line.slice("file://".length)),
      builtins: lines.filter((line) => line.startsWith("NativeModule ")).map((line) => line.split(" ")[1]!),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
