import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { examples } from "../help.ts";
import { printJson, say } from "../print.ts";
import { withDatabase, workingDirectory } from "../workspace.ts";

export function addPull(program: Command, signal: AbortSignal): void {
  program
    .command("pull")
    .summary("write models of the tables that a database has")
    .description(
      "Writes a file of models that describe the tables, constraints, indexes and enums of the database, with their " +
        "relations, such that check finds no difference afterwards. What models cannot describe is told, and stands in the " +
        "file as comments; the exit code is 1 then. Of the database only the catalog is read.",
    )
    .option("--out <FILE>", "the file to write", "src/models.ts")
    .option("--schema <NAME...>", "the schemas to read; default all but PostgreSQL's own")
    .option("--force", "replace the file if it is there")
    .option("--json", "print { file, unsupported } as JSON")
    .addHelpText(
      "after",
      examples(
        ["hypertroq pull", "into src/models.ts, which must not exist yet"],
        ["hypertroq pull --out src/models/index.ts --force", "replace what is there"],
      ),
    )
    .action(async ({ out, schema, force = false, json = false }: PullWords) => {
      const file = resolve(workingDirectory(), out);
      const { pullToFile } = await import("../../migrations/pull/pull.ts");
      const { unsupported } = await withDatabase((connect) =>
        pullToFile({ connect, file, schemas: schema, force, signal }),
      );
      const shown = relative(process.cwd(), file);
      if (json) printJson({ file: shown, unsupported });
      else {
        console.log(shown);
        for (const what of unsupported) say(`Not described by the models: ${what}`);
      }
      if (unsupported.length > 0) process.exitCode = 1;
    });
}

interface PullWords {
  readonly out: string;
  readonly schema?: readonly string[];
  readonly force?: boolean;
  readonly json?: boolean;
}
