/** `npm run bench`: reads the words, runs, prints. */
import { compareChecks, renderChecks } from "./check/index.ts";
import { compareLatencies, renderLatencies } from "./latency/index.ts";
import { profile, renderProfile } from "./profile.ts";
import { race } from "./race.ts";
import { compareReplicas, renderReplicas } from "./replicas/index.ts";
import { render, report } from "./report.ts";
import { compareStarts, renderStarts } from "./start/index.ts";
import { compareTypes, renderTypes } from "./types/index.ts";
import { HELP, parseWords, type Words, WrongWords } from "./words.ts";

const interruption = new AbortController();
const interrupt = (): void => interruption.abort();
process.once("SIGINT", interrupt).once("SIGTERM", interrupt);

try {
  console.log(await run(parseWords(process.argv.slice(2))));
} catch (error) {
  if (error instanceof WrongWords) {
    console.error(`error: ${error.message}\nnpm run bench -- --help explains.`);
    process.exitCode = 2;
  } else if (interruption.signal.aborted) {
    console.error("interrupted");
    process.exitCode = 130;
  } else {
    for (let cause = error; cause instanceof Error; cause = cause.cause) console.error(`error: ${cause.message}`);
    process.exitCode = 1;
  }
}

async function run(words: Words): Promise<string> {
  if (words.help) return HELP;
  const { rounds, seconds, tables } = words;
  const options = { log: (line: string): void => console.error(line), signal: interruption.signal };
  const shown = <T>(found: T, render: (found: T) => string): string =>
    words.json ? JSON.stringify(found, undefined, 2) : render(found);
  switch (words.instead) {
    case "profile":
      return shown(await profile(options), renderProfile);
    case "types":
      return shown(await compareTypes(options), renderTypes);
    case "check":
      return shown(await compareChecks({ ...options, sizes: tables, rounds }), renderChecks);
    case "latency":
      return shown(await compareLatencies({ ...options, rounds, seconds }), renderLatencies);
    case "start":
      return shown(await compareStarts(options), renderStarts);
    case "replicas":
      return shown(await compareReplicas(options), renderReplicas);
    case undefined: {
      const racing = { ...words, ...options };
      return shown(report(await race(racing), racing), render);
    }
  }
}
