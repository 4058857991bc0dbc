import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Progress, type ProgressOutput } from "../../src/cli/progress.ts";
import type { MigrationEvent, Move } from "../../src/migrations/index.ts";

const MOVE: Move = { direction: "upgrade", revision: "r2", parents: ["r1"], message: "fill" };
const started: MigrationEvent = { kind: "started", steps: 2, stepsDone: 0, ...MOVE };
const step = (title: string, number: number, steps = 2): MigrationEvent => ({
  kind: "step",
  step: number,
  steps,
  title,
  ...MOVE,
});
const rows = (done: number, total?: number): MigrationEvent => ({
  kind: "progress",
  title: "data fill",
  rows: done,
  total,
  ...MOVE,
});
const finished: MigrationEvent = { kind: "finished", milliseconds: 1234, ...MOVE };

class Recorded implements ProgressOutput {
  readonly isTerminal: boolean;
  readonly columns = 40;
  text = "";
  constructor(isTerminal: boolean) {
    this.isTerminal = isTerminal;
  }
  write(text: string): void {
    this.text += text;
  }
  /** Waits until this has been written. */
  async says(part: string): Promise<void> {
    while (!this.text.includes(part)) await sleep(1);
  }
}

const EACH = 5;
const soon = { worthTelling: 0, redraw: EACH, remind: EACH };
const never = { worthTelling: 1e9, redraw: 1e9, remind: 1e9 };

test("without a terminal: a line for what is done, and for short steps none", () => {
  const output = new Recorded(false);
  const progress = new Progress(output, never);
  for (const event of [started, step("createTable t", 1), step("data fill", 2), rows(5000), finished])
    progress.tell(event);
  expect(output.text).toBe("Running upgrade r1 -> r2, fill\n  done in 1.2 s\n");
});

test("without a terminal a step that takes long says so now and then, with its rows, and again when it has ended", async () => {
  const output = new Recorded(false);
  const progress = new Progress(output, soon);
  progress.tell(started);
  progress.tell(step("data fill", 1));
  progress.tell(rows(5000, 12_000));
  await output.says("so far");
  progress.tell(rows(12_000, 12_000));
  progress.tell(finished);
  const time = "\\d+ ms";
  expect(output.text).toMatch(
    new RegExp(
      `^Running upgrade r1 -> r2, fill\n(  1/2 data fill, 5,000 of about 12,000 rows, ${time} so far\n)+` +
        `  1/2 data fill, 12,000 of about 12,000 rows, ${time}\n  done in 1.2 s\n$`,
    ),
  );
});

test("on a terminal the line is written over, cut to the width, and gone before anything else is printed", async () => {
  const output = new Recorded(true);
  const progress = new Progress(output, { ...soon, worthTelling: 1e9 });
  progress.tell(started);
  progress.tell(step("createIndex an_index_with_quite_a_long_name_indeed", 1, 1));
  await output.says("createIndex");
  progress.tell({ kind: "retrying", attempt: 1, attempts: 5, pause: 2, blockers: [], ...MOVE });
  progress.tell(finished);
  const shown = output.text.replaceAll("\r\u001b[K", "<clear>");
  expect(shown).toMatch(
    /^Running upgrade r1 -> r2, fill\n(<clear> {2}createIndex an_index_with_quite_a_lon)+<clear> {2}a lock was not to be had; try 2 of 5 in 2\.0 s\n.*<clear> {2}done in 1\.2 s\n$/,
  );
  for (const line of shown.split("<clear>").filter((text) => text.includes("createIndex")))
    expect(line.length).toBeLessThan(40);
});

test("stopped in the middle of a step, the terminal's line is cleared and nothing more comes", async () => {
  const output = new Recorded(true);
  const progress = new Progress(output, soon);
  progress.tell(step("data fill", 1));
  await output.says("data fill");
  progress.stop();
  const { text } = output;
  expect(text.endsWith("\r\u001b[K")).toBe(true);
  await sleep(EACH * 4);
  expect(output.text).toBe(text);
});

test.each<[string, MigrationEvent, string]>([
  [
    "gone on with",
    { kind: "started", steps: 5, stepsDone: 3, ...MOVE },
    "Running upgrade r1 -> r2, fill\n  3 of 5 steps were done by an earlier run\n",
  ],
  [
    "a downgrade of the first",
    { ...started, direction: "downgrade", parents: [] },
    "Running downgrade r2 -> <base>, fill\n",
  ],
  ["a warning", { kind: "warning", message: "mind this" }, "warning: mind this\n"],
  [
    "losses",
    {
      kind: "losing",
      losses: [
        { object: "users", reason: "drops the table", rows: 1, table: "users" },
        { object: "mood.sad", reason: "removes the value", rows: undefined },
      ],
      ...MOVE,
    },
    "  users: drops the table (1 row)\n  mood.sad: removes the value\n",
  ],
  ["a repair", { kind: "recovered", what: "removed the broken index i", ...MOVE }, "  removed the broken index i\n"],
  [
    "who holds a lock",
    {
      kind: "retrying",
      attempt: 2,
      attempts: 5,
      pause: 0.5,
      blockers: [{ processId: 42, user: "u", applicationName: "", state: "idle in transaction", openFor: 75 }],
      ...MOVE,
    },
    "  a lock was not to be had, held perhaps by server process 42, user u, idle in transaction, in a transaction for 1 min 15 s; try 3 of 5 in 500 ms\n",
  ],
  [
    "whom it waits for",
    { kind: "waiting", holder: undefined },
    "Waiting for another run to end: whose it is cannot be seen any more.\n",
  ],
  ["a stamp", { kind: "stamped", rowsBefore: [], rowsAfter: ["a", "b"] }, "Stamped <base> -> a, b\n"],
])("tells %s", (_, event, text) => {
  const output = new Recorded(false);
  new Progress(output, never).tell(event);
  expect(output.text).toBe(text);
});
