import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Dialect } from "./dialect.ts";
import { drizzle } from "./drizzle.ts";
import { kysely } from "./kysely.ts";
import { mikroOrm } from "./mikro-orm.ts";
import { ours } from "./ours.ts";
import { prisma } from "./prisma.ts";
import { prisma8 } from "./prisma-8.ts";
import { typeorm } from "./typeorm.ts";

export const DIALECTS = {
  ours,
  kysely,
  drizzle,
  typeorm,
  "mikro-orm": mikroOrm,
  prisma,
  "prisma-8": prisma8,
} as const satisfies Record<string, Dialect>;

/** What the compiler says of one check (`--extendedDiagnostics`). Both counts are the same for the same files. */
export interface TypeCost {
  readonly instantiations: number;
  readonly types: number;
  /** Seconds it spent on checking alone. */
  readonly check: number;
  /** Seconds from start to end: reading, binding and checking. */
  readonly total: number;
  readonly memoryMiB: number;
}

/** With one checker, or the count of instantiations would depend on which file went to which. */
const OPTIONS = ["--noEmit", "--checkers", "1", "--skipLibCheck", "--extendedDiagnostics"] as const;

/**
 * What it costs the compiler to check `models` models of a library and four queries of each; see `Dialect`. The library is
 * read as its users have it, by its declarations: ours has to be built.
 *
 * @param models an even number.
 * @throws with the compiler's words when the code is not right.
 */
export async function typeCost(library: keyof typeof DIALECTS, models: number): Promise<TypeCost> {
  const dialect: Dialect = DIALECTS[library];
  const place = join(fileURLToPath(dialect.home), "dist");
  await mkdir(place, { recursive: true });
  const folder = await mkdtemp(join(place, `types-${library}-${models}-`));
  try {
    const config = { compilerOptions: { ...COMPILER_OPTIONS, ...dialect.compilerOptions }, include: ["*.ts"] };
    const files = { ...dialect.write(models), "tsconfig.json": JSON.stringify(config) };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await dialect.generate?.(folder);
    return await compile(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const COMPILER_OPTIONS = {
  target: "es2023",
  lib: ["es2023", "esnext.disposable"],
  types: ["node"],
  module: "nodenext",
  strict: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
} as const;

async function compile(folder: string): Promise<TypeCost> {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, "--project", folder, ...OPTIONS]).catch(
    (error: Error & { stdout?: string }) => {
      throw new Error(`The compiler refused what is in ${folder}: ${error.stdout?.slice(0, 2000)}`, { cause: error });
    },
  );
  const figure = (name: string): number => Number(new RegExp(`^${name}: +([\\d.]+)`, "m").exec(stdout)![1]);
  return {
    instantiations: figure("Instantiations"),
    types: figure("Types"),
    check: figure("Check time"),
    total: figure("Total time"),
    memoryMiB: figure("Memory used") / 1024,
  };
}
