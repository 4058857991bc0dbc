import { type DiffStep, diff } from "../../src/migrations/index.ts";
import type { DiffCase } from "./diff-cases.ts";
import { difference, makeRoles, type Side, withTwoSides } from "./diff-side.ts";

export interface Outcome {
  readonly one: DiffCase;
  /** Where it ended; undefined: it is as it should be, all the way. */
  readonly failed?: "unsupported" | "not refused" | "up" | "up again" | "down" | "empty" | "error";
  /** The first lines of what is wrong. */
  readonly lines: readonly string[];
}

/**
 * Runs cases; many of them two at the same time. Each worker has two databases, which are emptied for each case: that is
 * quicker.
 *
 * @param more a query for facts that the fingerprint does not look at.
 */
export async function runAll(cases: readonly DiffCase[], server: string, more?: string): Promise<readonly Outcome[]> {
  await makeRoles(server, new Set(cases.flatMap((one) => one.roles ?? [])));
  const outcomes: Outcome[] = [];
  const queue = [...cases.entries()];
  const work = (): Promise<void> =>
    withTwoSides(server, more, async (from, to) => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [index, one] = next;
        outcomes[index] = await runOne(one, server, from, to).catch((error) => ({
          one,
          failed: "error",
          lines: [error.message],
        }));
      }
    });
  await Promise.all(cases.length > 20 ? [work(), work()] : [work()]);
  return outcomes;
}

async function runOne(one: DiffCase, server: string, from: Side, to: Side): Promise<Outcome> {
  await from.fill(one.from_sql);
  await to.fill(one.to_sql);
  const facts = async (side: Side): Promise<readonly string[]> => {
    const found = await side.facts();
    const lines = one.nested === true ? found.map((line) => line.replace(/[()]/g, "")).sort() : found;
    return one.column_order_unreachable === true ? lines.map((line) => line.replace(/ #\d+ /, " ")).sort() : lines;
  };
  const [was, wanted] = [await facts(from), await facts(to)];
  const renames = one.catalog_equal ? [] : (one.rename_hints ?? []).map((hint) => hint.replace("->", "="));
  const sides = { from: { url: from.url }, to: { url: to.url }, scratch: { url: server } };
  const plan = await diff({ ...sides, renames });
  const fail = (failed: NonNullable<Outcome["failed"]>, lines: readonly string[]): Outcome => ({ one, failed, lines });
  if (one.refused !== undefined) {
    return plan.unsupported.some((sentence) => one.refused!.test(sentence))
      ? { one, lines: [] }
      : fail("not refused", [...plan.unsupported, ...sqlOf(plan.up)]);
  }
  if (plan.unsupported.length > 0) return fail("unsupported", [...plan.unsupported, ...sqlOf(plan.up)]);
  if (one.catalog_equal && plan.up.length > 0) return fail("empty", sqlOf(plan.up));
  await from.apply(plan.up);
  const reached = difference(await facts(from), wanted);
  if (reached.length > 0) return fail("up", [...reached, ...sqlOf(plan.up)]);
  const upgraded = await from.run(one.after_up ?? "");
  if (upgraded.length > 0) return fail("up", [...upgraded, ...sqlOf(plan.up)]);
  const again = await diff(sides);
  if (again.up.length > 0) return fail("up again", sqlOf(again.up));
  await from.apply(plan.down);
  const back = difference(await facts(from), was);
  if (back.length > 0) return fail("down", [...back, ...sqlOf(plan.down)]);
  const downgraded = await from.run(one.after_down ?? "");
  return downgraded.length > 0 ? fail("down", [...downgraded, ...sqlOf(plan.down)]) : { one, lines: [] };
}

function sqlOf(steps: readonly DiffStep[]): readonly string[] {
  return steps.map(({ sql }) => sql);
}

/** For people: how many of each tag are as they should be, and of each other case where it fails. */
export function report(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter((outcome) => outcome.failed !== undefined);
  const tags = [...new Set(outcomes.flatMap(({ one }) => one.tags))].sort();
  const count = (tag: string): string => {
    const tagged = outcomes.filter(({ one }) => one.tags.includes(tag));
    return `${tag} ${tagged.filter((outcome) => outcome.failed === undefined).length}/${tagged.length}`;
  };
  return [
    ...failed.map(
      ({ one, failed: where, lines }) =>
        `FAIL ${where}: ${one.name} [${one.tags.join(" ")}]\n${lines
          .slice(0, 12)
          .map((line) => `    ${line.replaceAll("\n", "\n    ")}`)
          .join("\n")}`,
    ),
    tags.map(count).join(", "),
    `${outcomes.length - failed.length} of ${outcomes.length} are as they should be`,
  ].join("\n");
}
