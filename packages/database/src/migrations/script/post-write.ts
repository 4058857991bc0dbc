import { spawn } from "node:child_process";
import { PostWriteFailed } from "../errors/files.ts";

/** A command and its arguments; `{file}` in an argument becomes the new file's path. */
export type PostWriteCommand = readonly string[];

/**
 * Runs the commands on a new file, one after another, without a shell: an argument is one word whatever it holds. What
 * they print goes to standard error.
 *
 * @param root the directory they run in.
 * @throws {PostWriteFailed} on the first that cannot be started or does not exit with 0; the file stays as it is then.
 */
export async function runPostWrite(commands: readonly PostWriteCommand[], file: string, root: string): Promise<void> {
  for (const command of commands) {
    const words = command.map((word) => word.replaceAll("{file}", () => file));
    const failure = await failureOf(words, root);
    if (failure !== undefined) throw new PostWriteFailed(file, words, failure);
  }
}

/** What went wrong; undefined when nothing did. */
function failureOf([program, ...words]: readonly string[], cwd: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program!, words, { cwd, stdio: ["ignore", 2, 2] });
    child.once("error", (error: NodeJS.ErrnoException) => resolve(`could not be started (${error.code})`));
    const end = (): boolean => child.kill();
    process.once("exit", end);
    child.once("close", (code, signal) => {
      process.off("exit", end);
      if (code === 0) resolve(undefined);
      else resolve(signal === null ? `ended with ${code}` : `was ended by ${signal}`);
    });
  });
}
