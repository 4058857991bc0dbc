import type { Command } from "commander";
import { expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroq, hypertroqEach } from "./hypertroq.ts";

const VERBS = [
  "",
  "init",
  "revision",
  "merge",
  "squash",
  "edit",
  "upgrade",
  "downgrade",
  "stamp",
  "current",
  "check",
  "diff",
  "inspect",
  "verify",
  "lint",
  "history",
  "heads",
  "branches",
  "show",
  "import",
  "import alembic",
  "pull",
  "seed",
  "roles",
  "roles apply",
  "roles show",
  "backup",
  "backup create",
  "backup list",
  "backup verify",
  "backup restore",
  "backup prune",
  "backup drill",
  "db",
  "db start",
  "db stop",
  "db status",
  "db url",
  "db reset",
  "doctor",
];

function commands(command: Command, path: string[] = []): { path: string[]; command: Command }[] {
  return [{ path, command }, ...command.commands.flatMap((child) => commands(child, [...path, child.name()]))];
}

const all = commands(await createProgram(new AbortController().signal));

test("the verbs are these, and no others", () => {
  expect(all.map(({ path }) => path.join(" "))).toEqual(VERBS);
});

test("a verb by itself is called what it is loaded by", async () => {
  for (const name of all[0]!.command.commands.map((command) => command.name())) {
    const { commands } = await createProgram(new AbortController().signal, name);
    expect(commands.map((command) => command.name())).toEqual([name]);
  }
});

test.each(all.map(({ path, command }) => [path.join(" ") || "(the program)", command] as const))(
  "%s: its help says what it does, explains every argument and flag, and shows an example",
  (_, command) => {
    let text = "";
    command.configureOutput({
      writeOut: (part) => (text += part),
      getOutHelpWidth: () => 80,
      getOutHasColors: () => false,
    });
    command.outputHelp();
    const said = text.replace(/\s+/g, " ");
    expect(text).toContain("Usage: hypertroq");
    expect(command.description().length).toBeGreaterThan(20);
    expect(said).toContain(command.description().replace(/\s+/g, " "));
    for (const { name, description } of [
      ...command.options.map(({ flags, description }) => ({ name: flags, description })),
      ...command.registeredArguments.map((argument) => ({ name: argument.name(), description: argument.description })),
      ...command.commands.map((child) => ({ name: child.name(), description: child.summary() })),
    ]) {
      expect(description.length, `${name} is described`).toBeGreaterThan(3);
      expect(text).toContain(name);
      expect(said).toContain(description.replace(/\s+/g, " "));
    }
    expect(text).toMatch(/\nExamples:\n {2}\$ .*hypertroq/);
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text).not.toContain("\u001b[");
    if (command.registeredArguments.some((argument) => argument.name().startsWith("REV")))
      expect(said).toMatch(/label|heads/);
  },
);

test("of the program and of a verb, --help prints that and exits with 0", async () => {
  await using app = await temporaryApp();
  const [program, verb] = await hypertroqEach([["--help"], ["upgrade", "--help"]], { cwd: app.root });
  expect(program).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^Usage: hypertroq [\s\S]*Exit codes: 0 done/),
    stderr: "",
  });
  expect(verb).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^Usage: hypertroq upgrade [\s\S]*billing@head/),
    stderr: "",
  });
});

const WRONG: readonly (readonly [words: readonly string[], hint: string])[] = [
  [["upgrad", "head"], "unknown command 'upgrad'\n(Did you mean upgrade?)"],
  [["histroy"], "(Did you mean history?)"],
  [["current", "--verbos"], "(Did you mean --verbose?)"],
  [["db", "strat"], "(Did you mean start?)"],
  [["downgrade"], "missing required argument 'REV'"],
  [["heads", "more"], "too many arguments"],
  [["revision", "-m"], "argument missing"],
  [["revision", "--autogenerate", "--sql"], "'--autogenerate' cannot be used with option '--sql'"],
  [[], "Usage: hypertroq"],
  [["db"], "Usage: hypertroq db"],
  [["upgrade", "a:b"], "a:b is a range, which only --sql takes"],
  [["downgrade", "base", "--sql"], "it must be told where it begins: FROM:TO"],
  [["upgrade", "a", "b", "--sql"], "--sql takes one target"],
  [["upgrade", "head", "--sql", "--dry-run"], "--sql runs nothing"],
  [["stamp", "head", "--sql", "--purge"], "--sql runs nothing"],
  [["upgrade", "--json"], "--json belongs to --dry-run"],
  [["merge"], "missing required argument 'REVS'"],
];

test("wrong words: exit 2 and a hint", async () => {
  await using app = await temporaryApp();
  const runs = await hypertroqEach(
    WRONG.map(([words]) => words),
    { cwd: app.root },
  );
  for (const [index, [words, hint]] of WRONG.entries()) {
    const { code, stdout, stderr } = runs[index]!;
    expect({ words, code, stdout, stderr }).toEqual({
      words,
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(hint),
    });
  }
});

test("--version prints the package's version", async () => {
  await using app = await temporaryApp();
  const { code, stdout } = await hypertroq(["--version"], { cwd: app.root });
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});
