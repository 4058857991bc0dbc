import { basename, relative } from "node:path";
import type { Command } from "commander";
import type { AlembicImport, ImportedRevision } from "../../migrations/alembic/import-alembic.ts";
import { examples } from "../help.ts";
import { printJson, say } from "../print.ts";
import { openConfig } from "../workspace.ts";

export function addImport(program: Command, signal: AbortSignal): void {
  const parent = program
    .command("import")
    .summary("take over the revisions of another tool")
    .description("Takes over the revisions of another tool, so that its history goes on here.")
    .helpCommand(false)
    .addHelpText("after", examples(["hypertroq import alembic ../api", "what ../api/alembic.ini names"]));
  parent
    .command("alembic")
    .summary("turn Alembic's revision files into revisions of ours")
    .description(
      "Writes a revision for each of Alembic's, with the same id and the same place in history. What it does is taken " +
        "from alembic upgrade --sql and downgrade --sql, which run the project's env.py without a database. Where that " +
        "does not work a skeleton is written, with the Python in it, that fails until somebody translates it. Revisions " +
        "that are there already are left alone. Exit code 1: a skeleton was written, or nothing because it failed.",
    )
    .argument("<DIR>", "the directory of alembic.ini, or the one that holds the revision files")
    .option("--json", "print what became of each revision as JSON")
    .addHelpText(
      "after",
      examples(
        ["hypertroq import alembic ../api", "what ../api/alembic.ini names"],
        ["poetry run npx hypertroq import alembic .", "with the Alembic of the project's own environment"],
      ),
    )
    .action(async (directory: string, { json = false }: { json?: boolean }) => {
      const { migrations } = await openConfig();
      const { importAlembic } = await import("../../migrations/alembic/import-alembic.ts");
      const done = await importAlembic({
        from: directory,
        directory: migrations.directory,
        versions: migrations.versions,
        signal,
      });
      if (json) printJson(done);
      else print(done);
      if (done.revisions.some(({ state }) => state === "skeleton")) process.exitCode = 1;
    });
}

function print({ revisions, alembicProblem, remarks }: AlembicImport): void {
  for (const revision of revisions) {
    for (const file of revision.files) console.log(`${revision.state} ${relative(process.cwd(), file)}`);
    for (const line of toldOf(revision)) say(`${revision.revision}: ${line}`);
  }
  if (alembicProblem !== undefined) say(`Alembic could not be asked: ${alembicProblem}`);
  for (const remark of remarks) say(remark);
  const count = (state: ImportedRevision["state"]): number => revisions.filter((one) => one.state === state).length;
  say(`${count("taken")} taken, ${count("skeleton")} to be translated by hand, ${count("exists")} there already`);
}

function toldOf({ problems, remarks, source }: ImportedRevision): readonly string[] {
  const missing = problems.map(({ direction, problem }) => `no ${direction} from ${basename(source)}: ${problem}`);
  return [...missing, ...remarks];
}
