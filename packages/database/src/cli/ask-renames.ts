import type { Interface } from "node:readline";
import type { RenameCandidate } from "../migrations/diff/rename-candidates.ts";
import { RenamesUndecided } from "../migrations/errors.ts";

/** What has been said of renames, as the library takes it. */
export interface Answers {
  readonly renames: readonly string[];
  readonly notRenamed: readonly string[];
}

/**
 * Runs `work` with what the command line said of renames. Where that leaves some open, and there is a terminal, it asks and
 * runs `work` again with the answers.
 *
 * @throws {RenamesUndecided} when there is no terminal, or the answer is an end of the input.
 */
export async function withAnswers<T>(
  said: Answers,
  signal: AbortSignal,
  work: (answers: Answers) => Promise<T>,
): Promise<T> {
  let answers = said;
  for (;;) {
    try {
      return await work(answers);
    } catch (error) {
      if (!(error instanceof RenamesUndecided) || !process.stdin.isTTY || !process.stderr.isTTY) throw error;
      const given = await ask(error.candidates, signal);
      if (given === undefined) throw error;
      answers = {
        renames: [...answers.renames, ...given.renames],
        notRenamed: [...answers.notRenamed, ...given.notRenamed],
      };
    }
  }
}

async function ask(candidates: readonly RenameCandidate[], signal: AbortSignal): Promise<Answers | undefined> {
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: process.stdin, signal });
  const [renames, notRenamed, taken]: [string[], string[], Set<string>] = [[], [], new Set()];
  try {
    for (const { kind, from, to } of candidates) {
      const choices = to.filter((name) => !taken.has(name));
      const list = choices.map((name, index) => `  ${index + 1}  renamed: it is ${name} now\n`).join("");
      process.stderr.write(
        `The ${kind} ${from} goes. Which is it?\n${list}  n  not renamed: it goes, with what it holds\n`,
      );
      const answer = await choice(lines, choices.length);
      if (answer === undefined) return undefined;
      const name = choices[answer];
      if (name === undefined) notRenamed.push(from);
      else {
        renames.push(`${kind === "enum" ? "type" : kind} ${from}=${name}`);
        taken.add(name);
      }
    }
    return { renames, notRenamed };
  } finally {
    lines.close();
  }
}

/** The index of a choice; -1: none of them; undefined: the input has ended. */
async function choice(lines: Interface, choices: number): Promise<number | undefined> {
  for (;;) {
    process.stderr.write("> ");
    const line = await new Promise<string | undefined>((resolve) => {
      lines.once("line", resolve).once("close", () => resolve(undefined));
    });
    if (line === undefined) return undefined;
    if (/^n(o)?$/i.test(line.trim())) return -1;
    const number = Number(line.trim());
    if (Number.isInteger(number) && number >= 1 && number <= choices) return number - 1;
    process.stderr.write(`A number up to ${choices}, or n.\n`);
  }
}
