import { expect, test } from "vitest";
import { FULL } from "../sample.ts";
import { blocksOf, GUIDES, read } from "./blocks.ts";
import { commandsOf, complaint, mentionsOf } from "./commands.ts";
import { followFromAnother, followReadme, followStart } from "./followed.ts";

const SHELLS = ["sh", "bash", "console"];

const blocks = GUIDES.flatMap(blocksOf);
const shown = blocks.filter(({ language }) => SHELLS.includes(language)).flatMap(commandsOf);
const mentioned = GUIDES.flatMap((guide) => mentionsOf(guide, read(guide)));

/** A verb may be mentioned without what it is given; what listens is called so at the server. */
const isMention = (said: string): boolean => /^error: missing required argument|^\(outputHelp\)$/.test(said);
const NAMES = ["hypertroq listen"];

/** A number is written as N. */
const numbered = (words: readonly string[]): readonly string[] => words.map((word) => (word === "N" ? "2" : word));

test("every hypertroq command of the guides is one that there is, with flags that it has", async () => {
  const commands = [...shown, ...mentioned].filter(({ words, text }) => words !== undefined && !NAMES.includes(text));
  expect(commands.length).toBeGreaterThan(150);
  const complaints: string[] = [];
  for (const command of commands) {
    const { guide, line, text, words } = command;
    if (["VERB", "…"].includes(words![0]!)) continue;
    const said = await complaint(numbered(words!));
    if (said !== undefined && !(mentioned.includes(command) && isMention(said)))
      complaints.push(`${guide}:${line} ${text}: ${said}`);
  }
  expect(complaints).toEqual([]);
});

test("every npm script of the guides is one that there is", () => {
  const scripts = ["package.json", "packages/database/starter/package.json.template"].flatMap((file) =>
    Object.keys((JSON.parse(read(file)) as { readonly scripts: object }).scripts),
  );
  const named = shown.flatMap(({ guide, line, text }) => {
    const [, own, run] = /^npm (?:(start|test)\b|run (?:--\S+ )*([\w:]+))/.exec(text) ?? [];
    const script = own ?? run;
    return script === undefined || scripts.includes(script) ? [] : [`${guide}:${line} ${text}`];
  });
  expect(named).toEqual([]);
});

test("every JSON of the guides is whole", () => {
  for (const { text } of blocks.filter(({ language }) => language === "json"))
    expect(() => JSON.parse(text)).not.toThrow();
});

test("who does in an app what the README shows finds nothing in the way", followReadme);

if (FULL) {
  test("who starts by the guide gets what it says", followStart);
  test("who comes from another tool has models of it, and a revision that the database is at", followFromAnother);
}
