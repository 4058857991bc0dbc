import { keepCompiled } from "./keep-compiled.ts";

// Before anything else is loaded.
keepCompiled();

// A file of the user's can end the process, or wait for what never comes; neither may pass for having done the work.
// Node's own code for an await that can never end is 13; other codes are ours, and have been explained.
const unfinished = (code: number): void => {
  if (code !== 0 && code !== 13) return;
  console.error(
    "error: The process ended before the command had. Does a revision file or the configuration end it, or wait for ever?",
  );
  process.exitCode = 1;
};
process.once("exit", unfinished);
const { run } = await import("./run.ts");
process.exitCode = await run(process.argv.slice(2));
process.off("exit", unfinished);
// Once what was printed is out, or could not be: timers that a file of the user's has left behind do not keep us.
process.stdout.write("", () => setImmediate(() => process.exit()));
