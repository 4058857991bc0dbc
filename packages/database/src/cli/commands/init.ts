import { relative } from "node:path";
import type { Command } from "commander";
import { examples } from "../help.ts";
import { say } from "../print.ts";
import { workingDirectory } from "../workspace.ts";

export function addInit(program: Command): void {
  program
    .command("init")
    .summary("begin: write the configuration and the migrations directory")
    .description(
      "Writes what an app needs for migrations into this directory: hypertroq.config.ts, migrations/versions, and the " +
        "template of new revisions, which you may edit. What is there already stays as it is.",
    )
    .addHelpText("after", examples(["hypertroq init", 'then: hypertroq revision -m "create users"']))
    .action(async () => {
      const { initApp } = await import("../../config/init-app.ts");
      const { written, kept, config } = await initApp(await workingDirectory());
      const shown = (path: string): string => relative(process.cwd(), path) || ".";
      for (const path of written) console.log(shown(path));
      for (const path of kept) say(`${shown(path)} is there already and stays as it is.`);
      say(NEXT(shown(config)));
    });
}

const NEXT = (config: string): string => `
Next:
  1. Say which database: DATABASE_URL=postgresql://user:password@host/database in the
     environment or in .env, or a development server (database.server) in ${config}.
  2. hypertroq revision -m "create users", and fill in its upgrade and its downgrade.
  3. hypertroq upgrade head`;
