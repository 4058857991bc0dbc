// Runs the program's own code several times in one process, because starting Node costs more than most verbs: argv[2] is
// a JSON array of the words of each run. Prints a JSON array of { code, stdout, stderr }.
import { run } from "../../dist/cli/run.js";

const streams = { stdout: process.stdout, stderr: process.stderr };
// Each run listens to the process and its streams, as the only one that a process has would.
for (const emitter of [process, ...Object.values(streams)]) emitter.setMaxListeners(0);
const write = process.stdout.write.bind(process.stdout);
const finished = [];
for (const words of JSON.parse(process.argv[2])) {
  const said = { stdout: "", stderr: "" };
  for (const [name, stream] of Object.entries(streams)) {
    stream.write = (text) => {
      said[name] += text;
      return true;
    };
  }
  finished.push({ code: await run(words), ...said });
  process.exitCode = undefined;
}
write(JSON.stringify(finished), () => process.exit());
