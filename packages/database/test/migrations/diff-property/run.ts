import { diff } from "../../../src/migrations/index.ts";
import { difference, type Side } from "../diff-side.ts";
import { editWorld } from "./edit.ts";
import { makeWorld } from "./make.ts";
import { Maker } from "./maker.ts";
import { Random } from "./random.ts";
import { Rows } from "./rows.ts";
import { settle } from "./settle.ts";
import type { Pair } from "./shrink.ts";
import { sqlOf } from "./sql.ts";

export interface Verdict {
  /** `refused`: the comparison says what cannot be done; `proof`: it only found out when it ran its plan. */
  readonly at: "fine" | "refused" | "proof" | "made" | "up" | "rows" | "again" | "down" | "rows back" | "error";
  readonly lines: readonly string[];
}

/** The same pair for the same seed. */
export function pairOf(seed: number): Pair {
  const maker = new Maker(new Random(seed));
  const from = settle(makeWorld(maker));
  return { from, to: settle(editWorld(maker, from)) };
}

/** What makes the sides of a pair. */
export function scriptsOf({ from, to }: Pair): { readonly from: readonly string[]; readonly to: readonly string[] } {
  return { from: [...sqlOf(from), ...new Rows(from, to).insert()], to: sqlOf(to) };
}

/** Goes the way there and back, on databases that it makes the sides of the pair. */
export async function runPair(pair: Pair, server: string, one: Side, other: Side): Promise<Verdict> {
  const rows = new Rows(pair.from, pair.to);
  const script = scriptsOf(pair);
  try {
    await one.fill(script.from.join(";\n"));
    await other.fill(script.to.join(";\n"));
  } catch (error) {
    return { at: "made", lines: [(error as Error).message] };
  }
  try {
    return await goThereAndBack(rows, server, one, other);
  } catch (error) {
    return { at: "error", lines: [(error as Error).message] };
  }
}

async function goThereAndBack(rows: Rows, server: string, one: Side, other: Side): Promise<Verdict> {
  const [was, wanted] = [await factsIn(one), await factsIn(other)];
  const [cast, same] = [await one.lines(rows.questions(true)), await one.lines(rows.untouched())];
  const sides = { from: { url: one.url }, to: { url: other.url }, scratch: { url: server } };
  const plan = await diff(sides);
  const told = (steps: typeof plan.up): readonly string[] => steps.map(({ sql }) => `${sql};`);
  const at = plan.unsupported.some((sentence) => sentence.startsWith("When ")) ? "proof" : "refused";
  if (plan.unsupported.length > 0)
    return { at, lines: [...plan.unsupported, ...told(plan.up), "-- and down", ...told(plan.down)] };
  const go = async (steps: typeof plan.up): Promise<readonly string[]> =>
    one.apply(steps).then(
      () => [],
      (error: Error) => [error.message],
    );
  const failed = await go(plan.up);
  const reached = failed.length > 0 ? failed : difference(await factsIn(one), wanted);
  if (reached.length > 0) return { at: "up", lines: [...reached, ...told(plan.up)] };
  const kept = difference(await one.lines(rows.questions(false)), cast);
  if (kept.length > 0) return { at: "rows", lines: [...kept, ...told(plan.up)] };
  const again = await diff(sides);
  if (again.up.length > 0) return { at: "again", lines: told(again.up) };
  const stuck = await go(plan.down);
  const back = stuck.length > 0 ? stuck : difference(await factsIn(one), was);
  if (back.length > 0) return { at: "down", lines: [...back, ...told(plan.down)] };
  const left = difference(await one.lines(rows.untouched()), same);
  return left.length > 0 ? { at: "rows back", lines: [...left, ...told(plan.down)] } : { at: "fine", lines: [] };
}

/** Without the order of columns, which is not compared, and what a grant leaves that was taken back. */
async function factsIn(side: Side): Promise<readonly string[]> {
  const facts = await side.facts();
  return facts
    .map((line) =>
      // Keys of a partition are passed on, and stay so when it is detached.
      line
        .replace(/^(col .*) #\d+ /, "$1 ")
        .replace(/^(con .* (?:FOREIGN KEY|PRIMARY KEY|UNIQUE) .*) noinherit=\w+$/, "$1")
        .replace(/\{[^{}]*postgres=[^{}]*\}/, (acl) => {
          const grants = acl.slice(1, -1).split(",");
          const own = grants.filter((grant) => !/^(?:postgres=|=[XU]\/)/.test(grant));
          return own.length === 0 ? "" : `{${own.sort().join(",")}}`;
        }),
    )
    .filter((line) => !/^type .* $/.test(line))
    .sort();
}
