import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { type Block, ROOT, read } from "./blocks.ts";

/** A block in TypeScript as a module of its own. */
export interface Module {
  readonly block: Block;
  /** In the folder. */
  readonly file: string;
  text: string;
}

/** Where a name that a block uses and does not make may come from, besides the guide's own blocks and its context. */
const LIBRARY = ["", "/migrations", "/testing", "/seeding", "/roles", "/monitoring", "/backup", "/fastify"].map(
  (entry) => `@hypertroq/database${entry}`,
);
LIBRARY.push("@hypertroq/embedded-postgres");

/** What a guide's files import and the guide does not show. */
const BESIDE: Readonly<Record<string, string>> = {
  "docs-migrations/src/models/index.ts":
    'import { defineSchema } from "@hypertroq/database"; export const schema = defineSchema({});',
  "docs-coming-from-others/src/models.ts":
    'import { defineSchema } from "@hypertroq/database"; export const schema = defineSchema({});',
  "docs-start/src/app.ts": read("packages/database/starter/src/app.ts"),
};

const OPTIONS = {
  ...{ target: "es2023", lib: ["es2023", "esnext.disposable"], module: "nodenext", types: ["node"], noEmit: true },
  ...{ strict: true, exactOptionalPropertyTypes: true, noImplicitOverride: true, skipLibCheck: true },
  ...{ allowImportingTsExtensions: true, moduleDetection: "force" },
};

/** A guide's name where it is that of a file: `docs-lint-drop-column`. */
const nameOf = (path: string): string => path.replace(/\.md$/, "").replaceAll("/", "-");

/** The files that give a guide what it takes as given: its own, or that of its directory, and the one of all. */
export function contextsOf(guide: string): readonly string[] {
  const [own, all] = [[guide, dirname(guide)].map(nameOf), ["all"]].map((names) =>
    names.map((name) => join(ROOT, "test/docs/context", `${name}.ts`)).filter((file) => existsSync(file)),
  );
  return [...own!.slice(0, 1), ...all!];
}

/** The guides' modules, in a folder inside of the repository, so that they find the packages. */
export class Modules implements Disposable {
  readonly folder: string;
  readonly all: readonly Module[];

  constructor(blocks: readonly Block[]) {
    const cache = join(ROOT, "node_modules/.cache");
    mkdirSync(cache, { recursive: true });
    this.folder = mkdtempSync(join(cache, "docs-"));
    cpSync(join(ROOT, "packages/database/starter"), this.app, { recursive: true });
    const options = {
      compilerOptions: OPTIONS,
      include: ["*/**/*.ts", join(ROOT, "test/server.ts")],
      exclude: ["app"],
    };
    writeFileSync(join(this.folder, "tsconfig.json"), JSON.stringify(options));
    for (const [file, text] of Object.entries(BESIDE)) this.#write({ file, text });
    const taken = new Set<string>();
    this.all = blocks.map((block) => moduleOf(block, taken));
    for (const module of this.all) this.#write(module);
  }

  /** An app, in whose directory the blocks run. */
  get app(): string {
    return join(this.folder, "app");
  }

  /** Has each module import the names that it uses and does not make. Returns what the compiler then says, by place in the guide. */
  async compile(): Promise<readonly string[]> {
    const library = await Promise.all(
      LIBRARY.map(async (from) => ({ from, names: Object.keys((await import(/* @vite-ignore */ from)) as object) })),
    );
    const missing = new Map<string, Set<string>>();
    // For what a file lacks, others need not be read.
    for (const { file, text } of await this.#complaints("--noResolve")) {
      const name = /(?:Cannot find name|No value exists in scope for the shorthand property) '(\w+)'/.exec(text)?.[1];
      if (name !== undefined) missing.set(file, (missing.get(file) ?? new Set()).add(name));
    }
    for (const [at, module] of this.all.entries()) {
      for (const name of missing.get(module.file) ?? []) {
        const before = this.all
          .slice(0, at)
          .findLast(({ block, text }) => block.guide === module.block.guide && makes(text, name));
        const given = contextsOf(module.block.guide).find((file) => makes(readFileSync(file, "utf8"), name));
        const file = before === undefined ? given : join(this.folder, before.file);
        const from =
          file === undefined
            ? library.find(({ names }) => names.includes(name))?.from
            : relative(dirname(join(this.folder, module.file)), file).replace(/^(?!\.)/, "./");
        if (from !== undefined) module.text += `import { ${name} } from "${from}";\n`; // at the end, so that lines stay
      }
      this.#write(module);
    }
    return (await this.#complaints()).map(({ file, line, text }) => {
      const block = this.all.find((one) => one.file === file)?.block;
      return block === undefined ? `${file}:${line} ${text}` : `${block.guide}:${block.line + line} ${text}`;
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #write({ file, text }: Pick<Module, "file" | "text">): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  async #complaints(...options: readonly string[]): Promise<{ file: string; line: number; text: string }[]> {
    const output = await promisify(execFile)(
      join(ROOT, "node_modules/.bin/tsc"),
      ["-p", this.folder, "--singleThreaded", ...options],
      {
        cwd: this.folder,
        maxBuffer: 1e8,
      },
    ).then(
      () => "",
      ({ stdout }: { stdout: string }) => stdout,
    );
    return [...output.matchAll(/^(\S+)\((\d+),\d+\): error (.*)$/gm)].map(([, file, line, text]) => ({
      file: file!,
      line: Number(line),
      text: text!,
    }));
  }
}

const makes = (text: string, name: string): boolean =>
  new RegExp(`^export (?!default)(?:[a-z]+ )*(?:\\{[^}]*\\b)?${name}\\b`, "m").test(text);

/** One that begins with its path is a file of that name, one that belongs into a file is beside it. Members of a class are given one. */
function moduleOf(block: Block, taken: Set<string>): Module {
  const folder = nameOf(block.guide);
  const [, part, named] = /^\/\/ (in )?(\S+)\.ts\b/.exec(block.text) ?? [];
  const path = named === undefined ? `block-${block.line}` : part === undefined ? named : `${named}-${block.line}`;
  const file = [`${path}.ts`, `${path}-${block.line}.ts`]
    .map((name) => join(folder, name))
    .find((name) => !taken.has(name))!;
  taken.add(file);
  const text = block.text.startsWith("static ")
    ? `class X extends BaseModel.define({}) { ${block.text}}\n`
    : block.text;
  return { block, file, text: runnable(text) };
}

/** `expression; // => value` prints it, and a database that is written out is the one at hand. */
function runnable(text: string): string {
  return text
    .replaceAll(/^( *)(\S.*); \/\/ => (.+)$/gm, "$1console.log($2); // $3")
    .replaceAll(/"postgres(?:ql)?(?:\+\w+)?:\/\/[^"]*"/g, 'process.env["DATABASE_URL"]!');
}
