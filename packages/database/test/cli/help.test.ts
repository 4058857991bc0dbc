import type { Command } from "commander";
import { expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroq } from "./hypertroq.ts";

const VERBS = [
  [],
  ["revision"],
  ["upgrade"],
  ["downgrade"],
  ["current"],
  ["history"],
  ["heads"],
  ["show"],
  ["stamp"],
  ["db"],
  ["db", "start"],
  ["db", "stop"],
  ["db", "status"],
  ["db", "url"],
  ["db", "reset"],
  ["doctor"],
];

function commands(command: Command, path: string[] = []): { path: string[]; command: Command }[] {
  return [{ path, command }, ...command.commands.flatMap((child) => commands(child, [...path, child.name()]))];
}

const all = commands(createProgram(new AbortController().signal));

test("the verbs are these, and no others", () => {
  expect(all.map(({ path }) => path)).toEqual(VERBS);
});

test.each(all.map(({ path, command }) => [path.join(" ") || "(the program)", path, command] as const))(
  "%s: its help says what it does, explains every argument and flag, and shows an example",
  async (_, path, command) => {
    await using app = await temporaryApp();
    const { code, stdout, stderr } = await hypertroq([...path, "--help"], { cwd: app.root });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage: hypertroq");
    expect(command.description().length).toBeGreaterThan(20);
    expect(stdout.replace(/\s+/g, " ")).toContain(command.description().replace(/\s+/g, " "));
    for (const { name, description } of [
      ...command.options.map(({ flags, description }) => ({ name: flags, description })),
      ...command.registeredArguments.map((argument) => ({ name: argument.name(), description: argument.description })),
      ...command.commands.map((child) => ({ name: child.name(), description: child.summary() })),
    ]) {
      expect(description.length, `${name} is described`).toBeGreaterThan(3);
      expect(stdout).toContain(name);
      expect(stdout.replace(/\s+/g, " ")).toContain(description);
    }
    expect(stdout).toMatch(/\nExamples:\n {2}\$ .*hypertroq/);
    expect(stdout).not.toContain("\u001b[");
  },
);

test.each([
  [["upgrad", "head"], "unknown command 'upgrad'\n(Did you mean upgrade?)"],
  [["histroy"], "(Did you mean history?)"],
  [["current", "--verbos"], "(Did you mean --verbose?)"],
  [["db", "strat"], "(Did you mean start?)"],
  [["downgrade"], "missing required argument 'REV'"],
  [["heads", "more"], "too many arguments"],
  [["revision", "-m"], "argument missing"],
  [["revision", "--autogenerate"], "unknown option '--autogenerate'"],
  [[], "Usage: hypertroq"],
  [["db"], "Usage: hypertroq db"],
])("wrong words %j: exit 2 and a hint", async (words, hint) => {
  await using app = await temporaryApp();
  const { code, stdout, stderr } = await hypertroq(words, { cwd: app.root });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(hint);
});

test("--version prints the package's version", async () => {
  await using app = await temporaryApp();
  const { code, stdout } = await hypertroq(["--version"], { cwd: app.root });
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});
