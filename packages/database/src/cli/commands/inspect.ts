import type { Command } from "commander";
import { SOURCES, withSources } from "../diff-source.ts";
import { examples } from "../help.ts";
import { paint } from "../print.ts";
import { withScratchServer } from "../scratch-server.ts";

interface Options {
  readonly from?: string;
  readonly scratch?: string;
  readonly json?: boolean;
}

export function addInspect(program: Command, signal: AbortSignal): void {
  program
    .command("inspect")
    .summary("print what a database holds")
    .description(
      "Prints the catalog of a database as comparisons see it: each object with what is known of it. PostgreSQL's own schemas, " +
        "and the tables of migrations themselves, are left out. It changes nothing.",
    )
    .option("--from <SOURCE>", "what to look at; default the configured database")
    .option("--scratch <URL>", "a server for scratch databases, instead of the configured database's own")
    .option("--json", "print the catalog as JSON")
    .addHelpText("after", SOURCES)
    .addHelpText(
      "after",
      examples(
        ["hypertroq inspect", "the configured database"],
        ["hypertroq inspect --from schema.sql --json", "what a file makes, for programs"],
      ),
    )
    .action((options: Options, command: Command) => {
      const { from, scratch, json = false } = options;
      return withSources(command, [[from, "database"]], scratch, async ({ sources, config, scratch: server }) => {
        const { withSides } = await import("../../migrations/diff/sources.ts");
        const source = sources[0]!;
        await withScratchServer(config, scratch, (named = server) =>
          withSides({ from: source, to: source, scratch: named, signal }, async (sides) => {
            const { defaultSchema, schemas } = sides;
            if (json) {
              const { reflect } = await import("../../migrations/catalog/reflect.ts");
              const { catalogText } = await import("../../migrations/catalog/text.ts");
              console.log(catalogText(await reflect(sides.from, { defaultSchema, schemas, signal })));
              return;
            }
            const { takeSnapshot } = await import("../../migrations/history/snapshot.ts");
            for (const [key, { own, within }] of await takeSnapshot(sides.from, signal)) {
              const indent = within === undefined ? "" : "  ";
              console.log(`${indent}${paint("bold", key)}`);
              for (const [name, value] of own) console.log(`${indent}  ${name}: ${value.replaceAll("\n", "\n      ")}`);
            }
          }),
        );
      });
    });
}
