import type { Command } from "commander";
import { developmentServerOf } from "../../../config/development-server.ts";
import type { LoadedConfig } from "../../../config/load-config.ts";
import { examples } from "../../help.ts";
import { paint, printJson } from "../../print.ts";
import { openConfig } from "../../workspace.ts";
import { placeOf, withProgress } from "./place.ts";

export function addDrill(backup: Command, signal: AbortSignal): void {
  backup
    .command("drill")
    .summary("prove a backup: restore it for trial and compare")
    .description(
      "Restores a backup into a database that is made for it and dropped again, on the server that " +
        "BACKUP_SCRATCH_URL names, as a superuser, else on the development server, and compares: rows and checksums of every table, the values of sequences, and the structure of every " +
        "index and table (amcheck). Prints what it compared and how long it took, keeps that beside the backup, and exits with " +
        "1 when the backup cannot be relied on. The configured database is not touched.",
    )
    .argument("[NAME]", "which one; default the newest good one")
    .option("--json", "print { backup, ok, at, recoverySeconds, seconds, compared, problems } as JSON")
    .addHelpText("after", examples(["hypertroq backup drill", "the newest, on the development server"]))
    .action(async (name: string | undefined, { json = false }: { json?: boolean }) => {
      const config = await openConfig();
      const place = await placeOf(config);
      await withServer(config, async (url) => {
        const { connectOptions } = await import("../../../connection/options.ts");
        const { drillBackup } = await import("../../../backup/drill.ts");
        const options = { ...place, backup: name, scratch: connectOptions({ url }), signal };
        const record = await withProgress((onProgress) => drillBackup({ ...options, onProgress }));
        if (json) printJson(record);
        else {
          const verdict = record.ok ? paint("green", "can be relied on") : paint("red", "cannot be relied on");
          console.log(`${record.backup} ${verdict}.`);
          for (const line of record.compared) console.log(`  compared: ${line}`);
          for (const problem of record.problems) console.log(`  ${paint("red", "problem:")} ${problem}`);
          console.log(`  restored in ${record.recoverySeconds.toFixed(1)} s, ${record.seconds.toFixed(1)} s in all`);
        }
        if (!record.ok) process.exitCode = 1;
      });
    });
}

/** The server's URL is taken from the environment: a command line is everybody's to read. */
async function withServer(config: LoadedConfig, work: (url: string) => Promise<void>): Promise<void> {
  const named = process.env["BACKUP_SCRATCH_URL"]?.trim();
  if (named) return work(named);
  const { url, release } = await developmentServerOf(config).use();
  try {
    await work(url);
  } finally {
    await release();
  }
}
