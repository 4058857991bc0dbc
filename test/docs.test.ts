import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");

const GUIDES = [
  "README.md",
  "packages/database/README.md",
  "packages/embedded-postgres/README.md",
  ...readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

/** Where a name that a block uses and does not make may come from, besides the guide's own blocks and its context. */
const LIBRARY = ["", "/migrations", "/testing", "/seeding", "/roles", "/monitoring", "/backup", "/fastify"].map(
  (entry) => `@hypertroq/database${entry}`,
);
LIBRARY.push("@hypertroq/embedded-postgres");

/** What a guide's files import and the guide does not show. */
const BESIDE: Readonly<Record<string, string>> = {
  "docs-migrations/src/models/index.ts":
    'import { defineSchema } from "@hypertroq/database"; export const schema = defineSchema({});',
};

const OPTIONS = {
  ...{ target: "es2023", lib: ["es2023", "esnext.disposable"], module: "nodenext", types: ["node"], noEmit: true },
  ...{ strict: true, exactOptionalPropertyTypes: true, noImplicitOverride: true, skipLibCheck: true },
  ...{ allowImportingTsExtensions: true, moduleDetection: "force" },
};

/** Inside the repository, so that the blocks find the packages. */
mkdirSync(join(modules, ".cache"), { recursive: true });
const folder = mkdtempSync(join(modules, ".cache", "docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Block {
  readonly guide: string;
  /** Of the fence. */
  readonly line: number;
  /** In the folder. */
  readonly file: string;
  text: string;
}

/** Those of a guide in TypeScript. One that begins with its path is a file of that name; members of a class are given one. */
function blocksOf(guide: string): Block[] {
  const source = readFileSync(join(root, guide), "utf8");
  const name = guide.replace(/\.md$/, "").replaceAll("/", "-");
  return [...source.matchAll(/^```ts\n(.*?)^```/gms)].map(({ 1: text = "", index }) => {
    const line = source.slice(0, index).split("\n").length;
    const path = /^\/\/ (\S+\.ts)\n/.exec(text)?.[1] ?? `block-${line}.ts`;
    const isMembers = text.startsWith("static ");
    return {
      guide,
      line,
      file: join(name, path),
      text: isMembers ? `class X extends BaseModel.define({}) { ${text}}\n` : text,
    };
  });
}

/** What the compiler says, by file. */
async function complaints(): Promise<{ file: string; line: number; text: string }[]> {
  const output = await promisify(execFile)(join(modules, ".bin/tsc"), ["-p", folder], {
    cwd: folder,
    maxBuffer: 1e8,
  }).then(
    () => "",
    ({ stdout }: { stdout: string }) => stdout,
  );
  return [...output.matchAll(/^(\S+)\((\d+),\d+\): error (.*)$/gm)].map(([, file, line, text]) => ({
    file: file!,
    line: Number(line),
    text: text!,
  }));
}

test("what the guides show in TypeScript compiles", { timeout: 120_000 }, async () => {
  const blocks = GUIDES.flatMap(blocksOf);
  const write = ({ file, text }: Pick<Block, "file" | "text">): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: OPTIONS, include: ["**/*.ts"] }));
  for (const [file, text] of Object.entries(BESIDE)) write({ file, text });
  for (const block of blocks) write(block);
  const library = await Promise.all(
    LIBRARY.map(async (from) => ({ from, names: Object.keys((await import(/* @vite-ignore */ from)) as object) })),
  );

  const missing = new Map<string, Set<string>>();
  for (const { file, text } of await complaints()) {
    const name = /(?:Cannot find name|No value exists in scope for the shorthand property) '(\w+)'/.exec(text)?.[1];
    if (name !== undefined) missing.set(file, (missing.get(file) ?? new Set()).add(name));
  }
  for (const [at, block] of blocks.entries()) {
    for (const name of missing.get(block.file) ?? []) {
      const makes = (text: string): boolean =>
        new RegExp(`^export (?!default)(?:[a-z]+ )*(?:\\{[^}]*\\b)?${name}\\b`, "m").test(text);
      const inContext = [block.file.split("/")[0]!, "all"]
        .map((one) => join(root, "test/docs", `${one}.ts`))
        .find((file) => existsSync(file) && makes(readFileSync(file, "utf8")));
      const before = blocks.slice(0, at).findLast(({ guide, text }) => guide === block.guide && makes(text));
      const from =
        (before === undefined ? undefined : join(folder, before.file)) ??
        inContext ??
        library.find(({ names }) => names.includes(name))?.from;
      if (from !== undefined) block.text += `import { ${name} } from "${from}";\n`; // at the end, so that lines stay
    }
    write(block);
  }

  const left = (await complaints()).map(({ file, line, text }) => {
    const block = blocks.find((one) => one.file === file);
    return block === undefined ? `${file}:${line} ${text}` : `${block.guide}:${block.line + line} ${text}`;
  });
  expect(left).toEqual([]);
});
