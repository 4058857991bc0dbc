import type { Catalog, Key } from "../catalog/catalog.ts";
import { actionsOf } from "./actions.ts";
import type { Call } from "./call.ts";
import { Decisions } from "./decide.ts";
import { withGiven } from "./given.ts";
import { withIdentities } from "./identities.ts";
import { Side } from "./node.ts";
import { order } from "./order.ts";

/** What makes of one catalog another. */
export interface Comparison {
  /** In an order in which they can be run. */
  readonly calls: readonly Call[];
  /** What cannot be done, a sentence for each. */
  readonly conflicts: readonly string[];
}

/**
 * The calls that make of one catalog another. What cannot be changed is dropped and made anew; what depends on that makes
 * way and comes back. The order is that of the dependencies of both sides. Renames are not guessed, and the order of columns
 * is not compared.
 */
export function compare(from: Catalog, to: Catalog): readonly Call[] {
  return compareCatalogs(from, to).calls;
}

export function compareCatalogs(from: Catalog, to: Catalog): Comparison {
  const decisions = new Decisions({
    from: new Side(withIdentities(withGiven(from, to, true), to)),
    to: new Side(withIdentities(withGiven(to, from, false), from)),
  });
  const unbundled = new Set<Key>();
  for (;;) {
    const { actions, circles } = order(actionsOf(decisions, unbundled));
    const before = unbundled.size;
    for (const key of circles) unbundled.add(key);
    if (unbundled.size === before) {
      return { calls: actions.flatMap(({ calls }) => calls), conflicts: [...decisions.conflicts] };
    }
  }
}
