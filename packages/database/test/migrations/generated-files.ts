import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** What the formatter, the linter and the compiler say of revision files, in directories like an app's; empty: nothing. */
export async function checkFiles(files: readonly { readonly text: string }[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "hypertroq-test-"));
  const versions = join(directory, "migrations/versions");
  try {
    await mkdir(versions, { recursive: true });
    for (const [index, { text }] of files.entries()) await writeFile(join(versions, `r${index}.ts`), text);
    const { vcs: _, $schema: __, ...biome } = JSON.parse(await readFile(join(root, "biome.json"), "utf8"));
    await writeFile(join(directory, "biome.json"), JSON.stringify(biome));
    await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(
      join(directory, "tsconfig.json"),
      JSON.stringify({
        extends: join(root, "apps/backend/migrations/tsconfig.json"),
        compilerOptions: {
          types: ["node"],
          typeRoots: [join(root, "node_modules/@types")],
          allowImportingTsExtensions: true,
          skipLibCheck: true, // our own types are checked elsewhere
          paths: { "@hypertroq/database/migrations": [join(root, "packages/database/dist/migrations/index.d.ts")] },
        },
        include: ["migrations"],
        references: [],
      }),
    );
    return (
      (await run(directory, "biome", "check", "--error-on-warnings", "migrations")) +
      (await run(directory, "tsc", "-p", "."))
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function run(directory: string, program: string, ...words: readonly string[]): Promise<string> {
  try {
    await promisify(execFile)(join(root, "node_modules/.bin", program), words, { cwd: directory });
    return "";
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}
