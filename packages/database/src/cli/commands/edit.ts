import { spawn } from "node:child_process";
import type { Command } from "commander";
import { EditorFailed } from "../errors.ts";
import { examples } from "../help.ts";
import { namedRevisions } from "../workspace.ts";

export function addEdit(program: Command): void {
  program
    .command("edit")
    .summary("open a revision's file in an editor")
    .description(
      "Opens a revision's file in the editor that VISUAL or EDITOR names, and waits until it ends; of an SQL revision both " +
        "files. A revision that has been applied somewhere should stay as it is.",
    )
    .argument(
      "<REV>",
      "a revision's id or its beginning, head, heads, current, label@head, or one of these with +N or -N",
    )
    .addHelpText(
      "after",
      examples(
        ["hypertroq edit head", "the newest"],
        ['EDITOR="code --wait" hypertroq edit ddef', "with another editor"],
      ),
    )
    .action(async (target: string) => {
      const { revisions } = await namedRevisions(target);
      const { partnerOf } = await import("../../migrations/script/sql-revision.ts");
      const files = revisions.flatMap(({ file }) => [file, partnerOf(file) ?? []].flat());
      if (files.length === 0) throw new EditorFailed(files, "No revision is applied.");
      const editor = process.env["VISUAL"] || process.env["EDITOR"];
      if (editor === undefined || editor === "") {
        throw new EditorFailed(files, "No editor is known: set VISUAL or EDITOR.");
      }
      if (!process.stdin.isTTY || !process.stdout.isTTY)
        throw new EditorFailed(files, "There is no terminal to edit in.");
      await open(editor, files);
    });
}

/** Through a shell, because VISUAL and EDITOR hold a command and its flags. The files come as arguments, whatever they hold. */
async function open(editor: string, files: readonly string[]): Promise<void> {
  const code = await new Promise<number | string>((resolve) => {
    const child = spawn("/bin/sh", ["-c", `${editor} "$@"`, "edit", ...files], { stdio: "inherit" });
    child.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "it could not be started"));
    child.once("close", (status, signal) => resolve(status ?? signal ?? 0));
  });
  if (code !== 0) throw new EditorFailed(files, `The editor "${editor}" ended with ${code}.`);
}
