import { createProgram } from "../../packages/database/src/cli/program.ts";
import type { Block } from "./blocks.ts";

/** A command that a guide shows. */
export interface ShownCommand {
  readonly guide: string;
  readonly line: number;
  /** Of `hypertroq`; undefined: it is another program's. */
  readonly words: readonly string[] | undefined;
  /** The command as it stands there, without its comment. */
  readonly text: string;
  /** What is written below it in a block with output. */
  readonly output: readonly string[];
}

/** The commands of a block for a shell. In one for a console they stand behind a $, and what they print below. */
export function commandsOf({ guide, line, language, text }: Block): readonly ShownCommand[] {
  const lines = text
    .replaceAll(/ *\\\n */g, " ")
    .split("\n")
    .slice(0, -1);
  const shown: { line: number; text: string; output: string[] }[] = [];
  for (const [index, one] of lines.entries()) {
    if (language !== "console") shown.push({ line: line + index + 1, text: one, output: [] });
    else if (one.startsWith("$ ")) shown.push({ line: line + index + 1, text: one.slice(2), output: [] });
    else shown.at(-1)?.output.push(one);
  }
  return shown.flatMap(({ line, text, output }) =>
    text
      .replace(/(^|\s+)#.*$/, "")
      .split(/ (?:&&|\||>) /)
      .filter((part) => part.trim() !== "")
      .map((part) => ({ guide, line, text: part.trim(), words: wordsOf(part), output })),
  );
}

/** The commands that a guide mentions in its sentences and tables: `hypertroq upgrade head`. */
export function mentionsOf(guide: string, source: string): readonly ShownCommand[] {
  return source.split("\n").flatMap((text, index) =>
    [...text.matchAll(/`((?:npx )?hypertroq [^`]+)`/g)].map(([, text]) => ({
      ...{ guide, line: index + 1, text: text!, output: [] },
      words: wordsOf(text!),
    })),
  );
}

/** What `hypertroq` is given, whatever stands before it: variables, npx, poetry run. */
function wordsOf(command: string): readonly string[] | undefined {
  const words = [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ""));
  const at = words.indexOf("hypertroq");
  const isFirst = at >= 0 && words.slice(0, at).every((word) => /^(?:[A-Z_]+=.*|npx|poetry|run)$/.test(word));
  return isFirst ? words.slice(at + 1) : undefined;
}

/** What the command line would say against the words; undefined: it takes them. */
export async function complaint(words: readonly string[]): Promise<string | undefined> {
  const program = await createProgram(new AbortController().signal, words[0]);
  disarm(program);
  try {
    await program.parseAsync(words, { from: "user" });
    return undefined;
  } catch (error) {
    const { exitCode, message } = error as Error & { readonly exitCode?: number };
    return exitCode === 0 ? undefined : message;
  }
}

/** Has the verbs do nothing. */
function disarm(command: Awaited<ReturnType<typeof createProgram>>): void {
  command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  if (command.commands.length === 0) command.action(() => {});
  for (const child of command.commands) disarm(child);
}
