// Runs the program's own code for as long as who started it is there, because starting Node costs more than most verbs. A
// message is { runs, cwd, env }, of which each run is an array of words; its answer is an array of { code, stdout, stderr }.
import { run } from "../../dist/cli/run.js";

const streams = { stdout: process.stdout, stderr: process.stderr };
const nowhere = process.cwd();

async function finish(words) {
  const said = { stdout: "", stderr: "" };
  for (const [name, stream] of Object.entries(streams)) {
    stream.write = (text) => {
      said[name] += text;
      return true;
    };
  }
  const code = await run(words);
  // Each run listens to the process and its streams, as the only one that a process has would.
  process.removeAllListeners("uncaughtException");
  process.stdout.removeAllListeners("error");
  process.exitCode = undefined;
  return { code, ...said };
}

process.on("message", async ({ runs, cwd, env }) => {
  process.chdir(cwd);
  const finished = [];
  for (const words of runs) {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, env);
    finished.push(await finish(words));
  }
  process.chdir(nowhere); // the app's directory is about to be removed
  process.send(finished);
});
process.on("disconnect", () => process.exit());
