import { relative } from "node:path";
import type { Command } from "commander";
import { examples } from "../help.ts";
import { say } from "../print.ts";
import { workingDirectory } from "../workspace.ts";

export function addInit(program: Command): void {
  program
    .command("init")
    .summary("begin: a whole app in an empty directory, or what migrations need in an app's")
    .description(
      "In an empty directory: writes an app that works, with a model, its revision and its seed, a route, and a test, on a " +
        "PostgreSQL from npm.\n\n" +
        "In any other: writes what an app needs for migrations: hypertroq.config.ts, migrations/versions, and the template " +
        "of new revisions, which you may edit. What is there already stays as it is.",
    )
    .addHelpText("after", examples(["hypertroq init", 'then: hypertroq revision -m "create users"']))
    .action(async () => {
      const directory = workingDirectory();
      const { isEmptyDirectory, writeStarter } = await import("../../config/starter.ts");
      if (await isEmptyDirectory(directory)) {
        for (const path of await writeStarter(directory)) console.log(path);
        return say(START);
      }
      const { initApp } = await import("../../config/init-app.ts");
      const { written, kept, config } = await initApp(directory);
      const shown = (path: string): string => relative(process.cwd(), path) || ".";
      for (const path of written) console.log(shown(path));
      for (const path of kept) say(`${shown(path)} is there already and stays as it is.`);
      const { loadConfig } = await import("../../config/load-config.ts");
      // One that was just written can be loaded only where the packages are installed.
      const hasServer = await loadConfig(directory).then(
        ({ server }) => server !== undefined,
        () => false,
      );
      say(next(hasServer ? [] : [DATABASE(shown(config))]));
    });
}

const START = `
Next:
  npm install
  npm start     # a PostgreSQL of its own, migrated and seeded; README.md says more
  npm test`;

const DATABASE = (
  config: string,
): string => `Say which database: DATABASE_URL=postgresql://user:password@host/database in the
     environment or in .env, or a development server (database.server) in ${config}.`;

const REVISION = [
  'hypertroq revision -m "create users", and fill in its upgrade and its downgrade.',
  "hypertroq upgrade head",
];

const next = (first: readonly string[]): string =>
  ["\nNext:", ...[...first, ...REVISION].map((step, n) => `  ${n + 1}. ${step}`)].join("\n");
