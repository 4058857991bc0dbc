import { createInterface } from "node:readline";
import type { Command } from "commander";
import type { DevelopmentServer } from "../../config/define-config.ts";
import { developmentServerOf } from "../../config/development-server.ts";
import { DevelopmentServerFailed } from "../../config/errors.ts";
import { redactUrl } from "../../url.ts";
import { examples } from "../help.ts";
import { printJson, say } from "../print.ts";
import { openConfig } from "../workspace.ts";

export function addDb(program: Command, signal: AbortSignal): void {
  const db = program
    .command("db")
    .summary("start and stop the development server")
    .description(
      "Starts and stops the app's development server: the PostgreSQL that the configuration's database.server " +
        "describes, and that is used where neither DIRECT_URL nor DATABASE_URL is set. A verb that finds it stopped starts " +
        "it for itself and stops it afterwards; `db start` leaves it running.",
    )
    .helpCommand(false)
    .addHelpText("after", examples(["hypertroq db start", "start it and leave it running"]));

  db.command("start")
    .summary("start it and leave it running")
    .description("Starts the development server and leaves it running; prints its URL without the password.")
    .addHelpText("after", examples(["hypertroq db start", "then: hypertroq upgrade head"]))
    .action(async () => {
      const { url } = await (await server()).start();
      console.log(redactUrl(url));
    });

  db.command("stop")
    .summary("stop it")
    .description("Stops the development server. Its data stays.")
    .addHelpText("after", examples(["hypertroq db stop", "the data is there again after the next start"]))
    .action(async () => {
      say((await (await server()).stop()) ? "Stopped." : "It was not running.");
    });

  db.command("status")
    .summary("print whether it runs")
    .description(
      "Prints whether the development server runs, and where, and which live process owns it, if one does: that one stops it. " +
        "The password is left out.",
    )
    .option("--json", "print { running, url, pid, port, dataDir, ownerPid } as JSON")
    .addHelpText("after", examples(["hypertroq db status --json", "for programs"]))
    .action(async ({ json = false }: { json?: boolean }) => {
      const { url, ...status } = await (await server()).status();
      const shown = url === undefined ? status : { ...status, url: redactUrl(url) };
      if (json) printJson(shown);
      else for (const [name, value] of Object.entries(shown)) console.log(`${name}: ${value}`);
    });

  db.command("url")
    .summary("print its URL, password included")
    .description(
      "Prints the running development server's URL with its password, for programs that connect to it. " +
        "Nothing else prints the password.",
    )
    .option("--json", "print { url } as JSON")
    .addHelpText("after", examples(['psql "$(hypertroq db url)"', "open a shell on the database"]))
    .action(async ({ json = false }: { json?: boolean }) => {
      const { url } = await (await server()).status();
      if (url === undefined) throw new DevelopmentServerFailed("it is not running. Start it with: hypertroq db start");
      if (json) printJson({ url });
      else console.log(url);
    });

  const reset = db
    .command("reset")
    .summary("delete its data")
    .description("Stops the development server and deletes all its data. It asks first.")
    .option("--yes", "do not ask; needed where there is no terminal")
    .addHelpText("after", examples(["hypertroq db reset --yes", "begin anew"]))
    .action(async ({ yes = false }: { yes?: boolean }) => {
      const found = await server();
      const { dataDir } = await found.status();
      if (!yes && !process.stdin.isTTY) {
        reset.error(`error: this deletes everything in ${dataDir}. Say it with --yes`);
      }
      if (!yes && !(await confirm(`Delete everything in ${dataDir}? [y/N] `, signal)))
        return say("Nothing was deleted.");
      await found.reset();
      say(`Deleted ${dataDir}.`);
    });
}

async function server(): Promise<DevelopmentServer> {
  return developmentServerOf(await openConfig());
}

/** Whether the answer is yes; the end of the input and an interruption mean no. */
async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, signal });
  const answer = await new Promise<string>((resolve) => {
    lines.once("line", resolve).once("close", () => resolve(""));
  });
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
