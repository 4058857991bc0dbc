import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Finished, hypertroqEach } from "../../packages/database/test/cli/hypertroq.ts";
import { type Block, blocksOf } from "./blocks.ts";
import { commandsOf, type ShownCommand } from "./commands.ts";
import { isLike } from "./printed.ts";

/**
 * Does in an app's directory what a guide says, in its order: files that begin with their path are written, lines that begin
 * with `// in FILE, before: LINE` are put there, and the commands of `hypertroq` are run. Commands of others are left out.
 *
 * @param urls of the database at hand, and of another one, for commands that say `DATABASE_URL=…`.
 * @returns what was run. What it answered is what the guide shows.
 * @throws {Error} where a command fails, or answers something else than the guide shows.
 */
export async function follow(
  guide: string,
  root: string,
  urls: { readonly own: string; readonly other?: string },
): Promise<readonly string[]> {
  const run: string[] = [];
  for (const block of blocksOf(guide)) {
    if (block.language === "ts") write(block, root);
    const commands = commandsOf(block).filter(({ words }) => words !== undefined);
    if (block.language === "ts" || commands.length === 0) continue;
    for (const { command, code, stdout, stderr } of await runAll(commands, root, urls)) {
      const said = `${stderr}${stdout}`.trimEnd();
      if (code !== 0 || !isShown(command, said)) {
        throw new Error(
          `${guide}:${command.line} ${command.text}: ${code === 0 ? "" : `exit ${code}, `}it said\n${said}`,
        );
      }
      run.push(command.text);
    }
  }
  return run;
}

async function runAll(
  commands: readonly ShownCommand[],
  cwd: string,
  { own, other = own }: { readonly own: string; readonly other?: string },
): Promise<readonly (Finished & { readonly command: ShownCommand })[]> {
  const isElsewhere = ({ text }: ShownCommand): boolean => text.startsWith("DATABASE_URL=");
  const [first] = commands;
  if (first === undefined) return [];
  const change = commands.findIndex((one) => isElsewhere(one) !== isElsewhere(first));
  const together = change < 0 ? commands : commands.slice(0, change);
  const env = { DATABASE_URL: isElsewhere(first) ? other : own };
  const finished = await hypertroqEach(
    together.map(({ words }) => words!),
    { cwd, env },
  );
  const rest = await runAll(commands.slice(together.length), cwd, { own, other });
  return [...finished.map((one, index) => ({ ...one, command: together[index]! })), ...rest];
}

function write({ guide, line, text }: Block, root: string): void {
  const [, path] = /^\/\/ (\S+\.ts)\n/.exec(text) ?? [];
  if (path !== undefined) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const [, file, before] = /^\/\/ in (\S+), before: (.+)\n/.exec(text) ?? [];
  if (file === undefined) return;
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  const at = lines.findIndex((one) => one.trim() === before);
  if (at < 0) throw new Error(`${guide}:${line} There is no line ${before} in ${file}`);
  lines.splice(at, 0, ...text.split("\n").slice(1, -1));
  writeFileSync(join(root, file), lines.join("\n"));
}

/** Each line that is shown comes, in this order; … is anything. Where none is shown, anything may come. */
function isShown({ output }: ShownCommand, said: string): boolean {
  const lines = said.split("\n");
  return output.every((line) => {
    const at = lines.findIndex((one) => isLike(line, one));
    return at >= 0 && lines.splice(0, at + 1).length > 0;
  });
}
