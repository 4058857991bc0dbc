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
  const { signal } = interruption;
  const log = (line: string): void => console.error(line);
  if (words.profile) {
    const costs = await profile({ signal });
    return words.json ? JSON.stringify(costs, undefined, 2) : renderProfile(costs);
  }
  if (words.types) {
    const comparison = await compareTypes({ log, signal });
    return words.json ? JSON.stringify(comparison, undefined, 2) : renderTypes(comparison);
  }
  if (words.check) {
    const comparison = await compareChecks({ log, signal });
    return words.json ? JSON.stringify(comparison, undefined, 2) : renderChecks(comparison);
  }
  if (words.latency) {
    const report = await compareLatencies({ log, signal });
    return words.json ? JSON.stringify(report, undefined, 2) : renderLatencies(report);
  }
  if (words.start) {
    const report = await compareStarts({ log, signal });
    return words.json ? JSON.stringify(report, undefined, 2) : renderStarts(report);
  }
  if (words.replicas) {
    const standings = await compareReplicas({ log, signal });
    return words.json ? JSON.stringify(standings, undefined, 2) : renderReplicas(standings);
  }
  const options = { ...words, log, signal };
  const result = report(await race(options), options);
  return words.json ? JSON.stringify(result, undefined, 2) : render(result);
}
