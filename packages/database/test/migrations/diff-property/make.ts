import { OBJECTS } from "./make-objects.ts";
import { PARTS } from "./make-parts.ts";
import type { Make, Maker } from "./maker.ts";
import { type Kind, World } from "./world.ts";

const MAKERS: Readonly<Record<Kind, Make>> = { ...OBJECTS, ...PARTS };

/** How many of each kind a world has about, in the order in which they are made. */
const PLAN: readonly (readonly [Kind, number])[] = [
  ["schema", 2],
  ["enum", 3],
  ["composite", 1],
  ["domain", 2],
  ["sequence", 2],
  ["function", 3],
  ["table", 4],
  ["partition", 3],
  ["column", 16],
  ["function", 4],
  ["column", 6],
  ["primary key", 5],
  ["unique", 2],
  ["check", 4],
  ["foreign key", 5],
  ["exclusion", 1],
  ["view", 4],
  ["index", 5],
  ["trigger", 3],
  ["policy", 2],
  ["statistics", 1],
  ["ownership", 1],
  ["grant", 2],
];

export function makeWorld(maker: Maker): World {
  let world = new World([]);
  for (const [kind, count] of PLAN) {
    for (let left = maker.random.below(count + 1); left > 0; left--) world = add(maker, world, kind);
  }
  return world;
}

export function add(maker: Maker, world: World, kind: Kind): World {
  const made = MAKERS[kind](maker, world);
  return made === undefined ? world : world.with(made);
}
