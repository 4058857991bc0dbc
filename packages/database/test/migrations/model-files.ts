import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** What our formatter and linter, and then the compiler, have to say of model files; none: nothing. */
export async function complaintsOf(files: readonly string[]): Promise<string> {
  const outside = await mkdtemp(join(tmpdir(), "hypertroq-test-")); // what is in node_modules is formatted by nobody
  try {
    const names = files.map((file) => basename(file));
    for (const [index, file] of files.entries()) await copyFile(file, join(outside, names[index]!));
    const { vcs: _, $schema: __, ...biome } = JSON.parse(await readFile(join(root, "biome.json"), "utf8"));
    await writeFile(join(outside, "biome.json"), JSON.stringify({ ...biome, files: { maxSize: 10_000_000 } }));
    await writeFile(join(outside, "package.json"), JSON.stringify({ type: "module" }));
    const compilerOptions = {
      ...{ noEmit: true, composite: false, incremental: false, allowImportingTsExtensions: true, rootDir: "/" },
      ...{ types: ["node"], typeRoots: [join(root, "node_modules/@types")], rewriteRelativeImportExtensions: false },
      skipLibCheck: true, // our own types are checked elsewhere
      paths: { "@hypertroq/database": [join(root, "packages/database/dist/index.d.ts")] },
    };
    const config = { extends: join(root, "tsconfig.base.json"), compilerOptions, include: ["*.ts"] };
    await writeFile(join(outside, "tsconfig.json"), JSON.stringify(config));
    const run = (program: string, ...words: readonly string[]): Promise<string> =>
      promisify(execFile)(join(root, "node_modules/.bin", program), words, { cwd: outside }).then(
        () => "",
        ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
      );
    return (await run("biome", "check", "--error-on-warnings", ...names)) + (await run("tsc", "-p", "."));
  } finally {
    await rm(outside, { recursive: true, force: true });
  }
}
