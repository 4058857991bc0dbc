import { settle } from "./settle.ts";
import { referencesOf, type World } from "./world.ts";

export interface Pair {
  readonly from: World;
  readonly to: World;
}

/**
 * A smaller pair that still fails: objects are taken out of both sides, and changes are taken back, one after another, as long
 * as that can be done.
 *
 * @param fails whether a pair fails in the same way.
 */
export async function shrink(pair: Pair, fails: (pair: Pair) => Promise<boolean>): Promise<Pair> {
  let smallest = pair;
  const attempt = async (next: (pair: Pair) => Pair | undefined): Promise<boolean> => {
    const candidate = next(smallest);
    if (candidate === undefined || !(await fails(candidate))) return false;
    smallest = candidate;
    return true;
  };
  const idsOf = ({ from, to }: Pair): readonly number[] => [
    ...new Set([...to.things, ...from.things].map(({ id }) => id)),
  ];
  for (let size = Math.ceil(idsOf(pair).length / 3); size > 1; size = Math.ceil(size / 3)) {
    const ids = idsOf(smallest);
    for (let start = ids.length - (ids.length % size); start >= 0; start -= size) {
      await attempt((one) =>
        ids.slice(start, start + size).reduce<Pair | undefined>((left, id) => left && (without(left, id) ?? left), one),
      );
    }
  }
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const id of idsOf(smallest).toReversed()) {
      for (const step of [without, asBefore, bare]) {
        if (await attempt((one) => step(one, id))) isSmaller = true;
      }
    }
  }
  return smallest;
}

function without({ from, to }: Pair, id: number): Pair | undefined {
  if (!from.has(id) && !to.has(id)) return undefined;
  return { from: settle(from.without(id)), to: settle(to.without(id)) };
}

function asBefore({ from, to }: Pair, id: number): Pair | undefined {
  const [was, now] = [from.find(id), to.find(id)];
  if (was === undefined || was === now || !referencesOf(was).every((one) => to.has(one))) return undefined;
  const next = to.with(was);
  return next.inOrder() === undefined ? undefined : { from, to: settle(next) };
}

/** Without comments, and with one row of options less. */
function bare({ from, to }: Pair, id: number): Pair | undefined {
  const strip = (world: World): World => {
    const thing = world.find(id);
    return thing?.comment === undefined ? world : world.with({ ...thing, comment: undefined });
  };
  const next = { from: strip(from), to: strip(to) };
  return next.from === from && next.to === to ? undefined : next;
}
