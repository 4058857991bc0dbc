import { type Command, InvalidArgumentError } from "commander";
import { environmentOf } from "../../config/environment.ts";
import type { SeedEvent, SeedReport } from "../../seeding/seed.ts";
import { examples } from "../help.ts";
import { printJson, say } from "../print.ts";
import { StatusLine } from "../status-line.ts";
import { openConfig } from "../workspace.ts";

interface Options {
  readonly only?: readonly string[];
  readonly reference?: boolean;
  readonly count?: number;
  readonly reset?: boolean;
  readonly dryRun?: boolean;
  readonly environment?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addSeed(program: Command, signal: AbortSignal): void {
  program
    .command("seed")
    .summary("store the rows that the application needs or is developed with")
    .description(
      "Stores the configuration's seeds in one transaction: rows that are not there are added, rows that are get the " +
        "values of the seed, and others stay alone. Done again it changes nothing. Development data is refused " +
        "everywhere but in development and testing.",
    )
    .option("--only <NAME...>", "only these seeds")
    .option("--reference", "reference data alone: what a deployment runs")
    .option("--count <N>", "how many rows to make, in seeds that have a count", wholeNumber)
    .option("--reset", "empty the tables of the development data first, whoever filled them; in development alone")
    .option("--dry-run", "do everything, say what came of it, and take it back")
    .option("--environment <NAME>", "where the database stands; default ENVIRONMENT, else NODE_ENV, else development")
    .option("--force", "development data wherever it may be")
    .option("--json", "print { environment, dryRun, seeds, notes } as JSON")
    .addHelpText(
      "after",
      examples(
        ["hypertroq seed", "everything, in development"],
        ["hypertroq seed --reference", "as a step of a deployment, after upgrade head"],
        ["hypertroq seed --only users --count 100000", "many users"],
        ["hypertroq seed --reset", "begin anew"],
      ),
    )
    .action(async ({ json = false, dryRun = false, ...options }: Options) => {
      const config = await openConfig();
      const { openDatabase, readCommandSettings } = await import("../../config/database.ts");
      readCommandSettings(config, process.env); // before where it stands is decided by a word that is none
      const environment = options.environment ?? environmentOf(process.env) ?? "development";
      const { loadSeeds } = await import("../../config/load-seeds.ts");
      const seeds = await loadSeeds(config);
      const { chooseSeeds } = await import("../../seeding/choose-seeds.ts");
      const chosen = chooseSeeds(seeds, { ...options, environment }); // what is refused needs no server
      const { DatabaseManager } = await import("../../session/manager.ts");
      const { UndefinedColumn, UndefinedTable } = await import("../../errors.ts");
      const { seed } = await import("../../seeding/seed.ts");
      const { tableOf } = await import("../../query/table.ts");
      const { options: database, release } = await openDatabase(config, process.env);
      const manager = new DatabaseManager({ ...database, poolSize: 1, maxOverflow: 0 });
      const line = new StatusLine();
      let stored = 0;
      const onEvent = (event: SeedEvent): void => {
        if (event.kind === "rows") line.show(`  ${event.seed}: ${rows(event.rows, event.total)}`);
        else line.clear();
        if (event.kind === "stored") stored++;
        if (event.kind === "waiting") say("Another process seeds this database. Waiting for it …");
      };
      try {
        const report = await seed(manager, seeds, { ...options, environment, dryRun, onEvent, signal });
        if (json) printJson(report);
        else for (const text of describe(report)) console.log(text);
        if (dryRun) say("Nothing was changed: this was a dry run.");
      } catch (error) {
        line.clear();
        if (error instanceof UndefinedTable || error instanceof UndefinedColumn) {
          const failed = options.reset ? undefined : chosen[stored];
          if (failed !== undefined) say(`In the seed ${failed.name}, whose rows go to ${tableOf(failed.model).name}.`);
          say("Is the database at head? hypertroq upgrade head. Is it what the models describe? hypertroq check");
        }
        throw error;
      } finally {
        line.clear();
        await manager.close();
        await release();
      }
    });
}

function rows(count: number, total: number | undefined): string {
  if (total === undefined) return `${inWords(count)} rows`;
  return `${inWords(count)} of ${inWords(total)} rows, ${Math.floor((100 * count) / Math.max(count, total))} %`;
}

function* describe({ seeds, notes }: SeedReport): Generator<string> {
  const width = Math.max(0, ...seeds.map(({ seed }) => seed.length));
  for (const { seed, added, updated, unchanged } of seeds) {
    yield `${seed.padEnd(width)}  ${inWords(added)} added, ${inWords(updated)} updated, ${inWords(unchanged)} unchanged`;
  }
  if (seeds.length === 0) yield "There is nothing to seed.";
  yield* notes;
}

function inWords(count: number): string {
  return count.toLocaleString("en");
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
