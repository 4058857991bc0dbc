import type { Direction, GraphNode } from "../../src/migrations/index.ts";

/** A way to go in a graph: from rows of the version table to targets. */
export interface GraphMove {
  readonly direction: Direction;
  readonly targets: readonly string[];
  readonly rows: readonly string[];
}

export interface RandomGraph {
  readonly revisions: readonly GraphNode[];
  readonly moves: readonly GraphMove[];
}

/** Numbers from a seed, so that a failure can be seen again (mulberry32). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to `below`, without it. */
  number(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  chance(percent: number): boolean {
    return this.number(100) < percent;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.number(values.length)]!;
  }

  shuffle<T>(values: readonly T[]): readonly T[] {
    return values
      .map((value) => ({ value, key: this.number(2 ** 32) }))
      .sort((a, b) => a.key - b.key)
      .map(({ value }) => value);
  }
}

/** Branches, merge points, several bases, labels and dependencies; now and then an edge that others imply. */
export function randomGraph(seed: number): RandomGraph {
  const dice = new Dice(seed);
  const revisions = randomRevisions(dice);
  const moves = Array.from({ length: 36 }, (_, index) => {
    const direction = (["upgrade", "downgrade", "stamp"] as const)[index % 3]!;
    return { direction, targets: randomTargets(dice, direction, revisions), rows: randomRows(dice, revisions) };
  });
  return { revisions, moves };
}

function randomRevisions(dice: Dice): readonly GraphNode[] {
  const revisions: GraphNode[] = [];
  const count = 3 + dice.number(18);
  for (let index = 0; index < count; index++) {
    const earlier = revisions.map((one) => one.id);
    const tips = earlier.filter((id) => !revisions.some((one) => one.down.includes(id)));
    const down: string[] = [];
    if (earlier.length > 0 && !dice.chance(10)) {
      // Mostly on a tip, so that lines grow; else a branch begins.
      down.push(dice.chance(70) ? dice.pick(tips) : dice.pick(earlier));
      if (dice.chance(15)) down.push(dice.chance(80) ? dice.pick(tips) : dice.pick(earlier));
    }
    const named = revisions.flatMap((one) => one.labels);
    const dependsOn: string[] = [];
    while (earlier.length > 0 && dice.chance(14)) {
      dependsOn.push(named.length > 0 && dice.chance(30) ? dice.pick(named) : dice.pick(earlier));
    }
    // Some ids are too short for Alembic to be found by their beginning.
    const id = `${dice.pick(["aa", "ab", "b"])}${index.toString(36)}${dice.chance(10) ? "" : "xyz"}`;
    const labels = dice.chance(18) ? [`branch${index}`] : [];
    revisions.push({ id, down: [...new Set(down)], dependsOn: [...new Set(dependsOn)], labels });
  }
  return dice.shuffle(revisions);
}

/** The rows of some revisions and all that they need, in any order. */
function randomRows(dice: Dice, revisions: readonly GraphNode[]): readonly string[] {
  const ids = revisions.map((one) => one.id);
  const reach = reacher(revisions);
  const chosen = dice.shuffle(ids).slice(0, dice.number(Math.min(ids.length, 4) + 1));
  return chosen.filter((id) => !chosen.some((other) => other !== id && reach(other).has(id)));
}

/** For an id: all that it needs, itself included. */
export function reacher(revisions: readonly GraphNode[]): (id: string) => ReadonlySet<string> {
  const labels = new Map(revisions.flatMap((one) => one.labels.map((label) => [label, one.id] as const)));
  const needs = new Map(
    revisions.map((one) => [one.id, [...one.down, ...one.dependsOn.map((name) => labels.get(name) ?? name)]]),
  );
  return (id) => {
    const reached = new Set([id]);
    for (const one of reached) for (const other of needs.get(one)!) reached.add(other);
    return reached;
  };
}

function randomTargets(dice: Dice, direction: Direction, revisions: readonly GraphNode[]): readonly string[] {
  const several = direction !== "downgrade" && dice.chance(20);
  const target = (): string => randomTarget(dice, revisions, direction !== "stamp" && !several);
  return several ? [target(), target()] : [target()];
}

function randomTarget(dice: Dice, revisions: readonly GraphNode[], relative: boolean): string {
  const ids = revisions.map((one) => one.id);
  const labels = revisions.flatMap((one) => one.labels);
  const names = dice.chance(50) && labels.length > 0 ? labels : ids;
  const branch = dice.chance(45) ? `${dice.chance(4) ? "zz" : dice.pick(names)}@` : "";
  const step = `${dice.pick(["+", "-"])}${1 + dice.number(dice.chance(20) ? 9 : 3)}`;
  if (relative && dice.chance(25)) return branch + step;
  const kind = dice.number(100);
  const symbol =
    kind < 40
      ? dice.pick(ids)
      : kind < 50
        ? dice.pick(ids).slice(0, 2 + dice.number(2))
        : kind < 60 && labels.length > 0
          ? dice.pick(labels)
          : dice.pick(["head", "heads", "base", "base", "head"]);
  return branch + symbol + (relative && dice.chance(30) ? step : "");
}
