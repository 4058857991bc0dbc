import type { Command } from "commander";
import type { LoadedConfig } from "../../../config/load-config.ts";
import { examples } from "../../help.ts";
import { paint, printJson } from "../../print.ts";
import { openConfig } from "../../workspace.ts";
import { placeOf, withProgress } from "./place.ts";

interface Options {
  readonly scratch?: string;
  readonly json?: boolean;
}

export function addDrill(backup: Command, signal: AbortSignal): void {
  backup
    .command("drill")
    .summary("prove a backup: restore it for trial and compare")
    .description(
      "Restores a backup into a database that is made for it and dropped again, on the development server or the one that " +
        "--scratch names, and compares: rows and checksums of every table, the values of sequences, and the structure of every " +
        "index and table (amcheck). Prints what it compared and how long it took, keeps that beside the backup, and exits with " +
        "1 when the backup cannot be relied on. The configured database is not touched.",
    )
    .argument("[NAME]", "which one; default the newest good one")
    .option("--scratch <URL>", "a server to restore on, as a superuser; the database that it names is not touched")
    .option("--json", "print { backup, ok, at, recoverySeconds, seconds, compared, problems } as JSON")
    .addHelpText("after", examples(["hypertroq backup drill", "the newest, on the development server"]))
    .action(async (name: string | undefined, { scratch, json = false }: Options) => {
      const config = await openConfig();
      const place = await placeOf(config);
      await withServer(config, scratch, async (url) => {
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

async function withServer(
  config: LoadedConfig,
  named: string | undefined,
  work: (url: string) => Promise<void>,
): Promise<void> {
  if (named !== undefined) return work(named);
  const { developmentServerOf } = await import("../../../config/development-server.ts");
  const { url, release } = await developmentServerOf(config).use();
  try {
    await work(url);
  } finally {
    await release();
  }
}
