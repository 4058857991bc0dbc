import type { Command } from "commander";
import type { Verification, VerifyProgress } from "../../migrations/history/verify.ts";
import { collect, examples } from "../help.ts";
import { paint, printJson, say } from "../print.ts";
import { StatusLine } from "../status-line.ts";

interface Options {
  readonly allowIrreversible?: readonly string[];
  readonly json?: boolean;
}

export function addVerify(program: Command, signal: AbortSignal): void {
  program
    .command("verify")
    .summary("run the whole history up, down and up on a scratch database")
    .description(
      "Runs every revision on an empty scratch database, made beside the configured one and dropped again: up, down and up. " +
        "After its downgrade the catalog has to be what it was before the upgrade, after the second upgrade what it was " +
        "after the first. Then all go down and up once more. Says which revision is wrong and which objects differ, goes on " +
        "with the others, and exits with 1. The configured database is not looked at.",
    )
    .argument("[RANGE]", "a revision, by id or label, or FROM:TO with both ends; default all revisions")
    .option("--allow-irreversible <REV>", "let this one have no way back. May be repeated", collect)
    .option("--json", "print { ok, revisions } as JSON: { revision, file, message, outcome, problems }")
    .addHelpText(
      "after",
      examples(
        ["hypertroq verify", "the whole history"],
        ["hypertroq verify head", "the newest revision"],
        ["hypertroq verify ddef:head --json", "from ddef… to the head, for programs"],
      ),
    )
    .action(async (range: string | undefined, { allowIrreversible = [], json = false }: Options) => {
      const { withTrialServer } = await import("../scratch-server.ts");
      await withTrialServer(async (connect, { migrations }) => {
        const { verify } = await import("../../migrations/history/verify.ts");
        const { directory, versions } = migrations;
        const line = new StatusLine();
        const found = await verify({
          connect,
          directory,
          versions,
          allowIrreversible,
          signal,
          onProgress: (progress) => line.show(describe(progress)),
          ...(range === undefined ? {} : { range }),
        }).finally(() => line.clear());
        if (json) printJson(found);
        else print(found);
        if (!found.ok) process.exitCode = 1;
      });
    });
}

function describe({ revision, pass, direction, place, revisions }: VerifyProgress): string {
  return `${pass === "whole" ? "all together, " : ""}${place}/${revisions} ${direction} of ${revision}`;
}

function print({ ok, revisions }: Verification): void {
  for (const { revision, file, outcome, problems } of revisions) {
    if (outcome === "verified") continue;
    console.log(`${paint("yellow", revision)} (${file}): ${outcome}`);
    for (const { what, differences } of problems) {
      console.log(`  ${what}`);
      for (const one of differences) console.log(`    ${one}`);
    }
  }
  const count = (wanted: string): number => revisions.filter(({ outcome }) => outcome === wanted).length;
  const others = ["irreversible", "wrong", "unreached"].filter((outcome) => count(outcome) > 0);
  const more = others.map((outcome) => `, ${count(outcome)} ${outcome}`).join("");
  say(
    `${count("verified")} of ${revisions.length} verified: up, down and up again${more}.${ok ? "" : " Not all is well."}`,
  );
}
