import { CommanderError } from "commander";
import { OutputNotWritten } from "./errors.ts";
import { watchSignals } from "./interruption.ts";
import { createProgram } from "./program.ts";
import { report } from "./report.ts";

/** Exit codes: 0 done, 1 it failed or drift was found, 2 the words were wrong, 130 and 143 interrupted. */
export async function run(words: readonly string[]): Promise<number> {
  process.stdout.on("error", endWithoutOutput);
  process.on("uncaughtException", (error) => {
    report(error);
    process.exit(1);
  });
  const interruption = watchSignals();
  try {
    const program = await createProgram(interruption.signal, words[0]);
    await program.parseAsync(words, { from: "user" });
    return interruption.exitCode ?? Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has printed its own message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (interruption.exitCode !== undefined && (error as Error).name === "AbortError") console.error("Interrupted.");
    else report(error);
    return interruption.exitCode ?? 1;
  } finally {
    interruption.stop();
  }
}

/** Whoever reads our output may stop reading: `hypertroq history | head -1`. Half a script is another matter. */
function endWithoutOutput(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE" || isOutputLost) return;
  isOutputLost = true;
  report(new OutputNotWritten(error));
  process.exitCode = 1;
}

let isOutputLost = false;
