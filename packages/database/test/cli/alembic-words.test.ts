import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { skip } from "../alembic/alembic-app.ts";
import { runAlembic } from "../alembic/alembic-server.ts";
import { temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroqEach } from "./hypertroq.ts";

interface Node {
  readonly id: string;
  readonly down?: readonly string[];
  readonly label?: string;
  readonly needs?: string;
}

/** Branch points and merge points, labels, a dependency, and a head that another revision depends on. */
const NODES: readonly Node[] = [
  { id: "aaaa" },
  { id: "bbbb", down: ["aaaa"] },
  { id: "cccc", down: ["aaaa"], label: "side" },
  { id: "dddd", down: ["bbbb", "cccc"] },
  { id: "xxxx", label: "billing" },
  { id: "yyyy", down: ["xxxx"] },
  { id: "eeee", down: ["dddd"], needs: "yyyy" },
  { id: "zzzz", down: ["xxxx"], needs: "eeee" },
];

const VERBS = [
  ["history"],
  ["history", "-r", "bbbb:dddd"],
  ["history", "-v"],
  ["heads"],
  ["heads", "--resolve-dependencies"],
  ["heads", "-v"],
  ["branches"],
  ["show", "dddd"],
  ["show", "side@head"],
];

const down = (ids: readonly string[] = []): string =>
  ids.length > 1 ? JSON.stringify(ids) : JSON.stringify(ids[0] ?? null);

const python = ({ id, down: ids, label, needs }: Node): string =>
  `"""does ${id}"""\nrevision = "${id}"\ndown_revision = ${down(ids).replace("null", "None").replace("[", "(").replace("]", ")")}
branch_labels = ${label === undefined ? "None" : `"${label}"`}\ndepends_on = ${needs === undefined ? "None" : `"${needs}"`}
def upgrade(): pass\ndef downgrade(): pass\n`;

const typescript = ({ id, down: ids, label, needs }: Node): string =>
  `export const revision = "${id}";\nexport const downRevision = ${down(ids)};\nexport const message = "does ${id}";
export const branchLabels = ${JSON.stringify(label ?? null)};\nexport const dependsOn = ${JSON.stringify(needs ?? null)};
export const createdAt = "2025-11-01T09:30:00Z";\nexport function upgrade() {}\nexport function downgrade() {}\n`;

/**
 * The lines without what differs by design: paths, the time, which Alembic has in the docstring, the order of branches,
 * which Alembic leaves to the order of a set, and effective heads, which its long form calls heads.
 */
function comparable(text: string): readonly string[] {
  const lines = text
    .replaceAll(/^(Path|Created): .*\n/gm, "")
    .replaceAll(/^(Branches into): (.*)$/gm, sorted)
    .replaceAll(/^(Rev: .*\()effective /gm, "$1");
  return lines.split("\n").sort();
}

function sorted(_: string, name: string, ids: string): string {
  return `${name}: ${ids.split(", ").sort().join(", ")}`;
}

test.skipIf(skip)("history, heads, branches and show say what Alembic says, word for word", async () => {
  await using app = await temporaryApp();
  await mkdir(join(app.root, "theirs/versions"), { recursive: true });
  const config = await app.write("theirs/alembic.ini", `[alembic]\nscript_location = ${join(app.root, "theirs")}\n`);
  await app.write("theirs/env.py", "");
  for (const node of NODES) {
    await app.write(`theirs/versions/${node.id}.py`, python(node));
    await app.write(`migrations/versions/${node.id}.ts`, typescript(node));
  }
  const ours = await hypertroqEach(VERBS, { cwd: app.root });
  for (const [index, words] of VERBS.entries()) {
    const theirs = await runAlembic(app.root, "", ["-c", config, ...words]);
    expect({ words, lines: comparable(ours[index]!.stdout) }).toEqual({ words, lines: comparable(theirs) });
  }
});
