import { join } from "node:path";
import { closeDatabase } from "@hypertroq/database";
import type { TestDatabase } from "../database.ts";
import type { Block } from "./blocks.ts";
import { begin, close, commit, fill, models, open } from "./context/all.ts";
import { recorded } from "./context/op.ts";
import { GuideDatabase, type Objects } from "./guide-database.ts";
import { GuideRevisions } from "./guide-revisions.ts";
import { contextsOf, type Module, type Modules } from "./modules.ts";
import { Printed } from "./printed.ts";

/** What a context's file may export for the runner, besides what blocks use. */
interface Context {
  /** Have their tables. */
  readonly models?: Objects;
  /** Brings the database to where the guide begins. */
  prepare?(database: TestDatabase, guide: string): Promise<void>;
  /** Revisions that are there before those of the guide. */
  readonly revisions?: readonly string[];
}

/**
 * Runs the blocks of a guide, one after another. Of a block in TypeScript the models that it exports have their tables
 * afterwards, its revision was run up, down and up, and what it says that it prints it has printed.
 *
 * @param database of which nothing is left that was there before.
 * @throws what the first block throws that fails, with its place in the guide.
 */
export async function runGuide(blocks: readonly Block[], modules: Modules, database: TestDatabase): Promise<void> {
  const [{ guide }] = blocks as [Block];
  process.env["DATABASE_URL"] = database.url;
  process.chdir(modules.app);
  begin(database.url);
  try {
    const context: Context = await import(/* @vite-ignore */ contextsOf(guide)[0]!);
    const tables = new GuideDatabase(database);
    await tables.begin({ ...models, ...context.models });
    await fill();
    await context.prepare?.(database, guide);
    const directory = join(modules.folder, `revisions of ${guide.replaceAll("/", " ")}`);
    const run = { database, tables, revisions: new GuideRevisions(database, directory, context.revisions ?? []) };
    for (const block of blocks) {
      const module = modules.all.find((one) => one.block === block);
      try {
        if (module === undefined) await database.query(`begin; ${block.text}; rollback`);
        else await runModule(module, join(modules.folder, module.file), run);
      } catch (error) {
        throw at(block, module, error);
      }
    }
  } finally {
    await close();
    await closeDatabase();
  }
}

async function runModule(
  { block, text }: Module,
  path: string,
  { tables, revisions }: { readonly tables: GuideDatabase; readonly revisions: GuideRevisions },
): Promise<void> {
  const printed = new Printed();
  open();
  const exports: Readonly<Record<string, unknown>> = await import(/* @vite-ignore */ path).finally(() => printed.end());
  await commit();
  printed.check(text);
  await (exports["default"] as { schema?(): Promise<unknown> } | undefined)?.schema?.();
  await tables.add(exports);
  if (recorded.splice(0).length > 0) await revisions.runLoose(block.text);
  else if (typeof exports["upgrade"] === "function") await revisions.run(block.text);
}

/** The error, with the line of the guide. */
function at({ guide, line }: Block, module: Module | undefined, error: unknown): Error {
  const { stack = "", message, code, line: said } = error as Error & { readonly code?: string; readonly line?: number };
  const inModule = module && new RegExp(`${module.file}[^:]*:(\\d+)`).exec(stack)?.[1];
  return new Error(`${guide}:${line + Number(said ?? inModule ?? 0)} ${code ?? ""} ${message}`, { cause: error });
}
