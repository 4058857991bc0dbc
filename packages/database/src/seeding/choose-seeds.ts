import { DefinitionError } from "../errors.ts";
import { nearest } from "../misspelling.ts";
import type { Seed } from "./define-seed.ts";
import { SeedRefused, UnknownSeed } from "./errors.ts";

/** Where made-up data may be without being forced. All other names are taken for places that others depend on. */
const OWN = ["development", "testing", "test"];

/** Which of the seeds are run, where, and what for. */
export interface SeedChoice {
  /** Where the database stands: development data is for `development`, `testing` and `test` alone. */
  readonly environment: string;
  /** Only these, by name; default all. What they come after is not run along. */
  readonly only?: readonly string[] | undefined;
  /** Reference data alone. Default false. */
  readonly reference?: boolean | undefined;
  /** Development data wherever it may be. Default false. */
  readonly force?: boolean | undefined;
  /** Empties the tables of the chosen development data first, whoever filled them. Not to be forced. Default false. */
  readonly reset?: boolean | undefined;
}

/**
 * The seeds to be run, each after those that it comes after, else in the order given.
 *
 * @throws {UnknownSeed} {SeedRefused} {DefinitionError} when two have one name, or they come after each other.
 */
export function chooseSeeds(seeds: readonly Seed[], choice: SeedChoice): readonly Seed[] {
  const { environment, only, reference = false, force = false, reset = false } = choice;
  const ordered = order(seeds);
  const names = ordered.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new DefinitionError(`Two seeds are called ${twice}. Give one another name: { name: … }`);
  for (const name of only ?? []) if (!names.includes(name)) throw new UnknownSeed(name, names, nearest(name, names));
  const chosen = ordered.filter(
    ({ name, kind }) => (only?.includes(name) ?? true) && (kind === "reference" || !reference),
  );
  const madeUp = chosen.filter(({ kind }) => kind === "development").map(({ name }) => name);
  const isOwn = OWN.includes(environment);
  if (reset && !isOwn) throw new SeedRefused(environment, madeUp, "reset");
  if (madeUp.length > 0 && !isOwn && !force) throw new SeedRefused(environment, madeUp, "development data");
  return chosen;
}

/** Depth first: what a seed comes after, then itself. Seeds that are only named by `after` belong to the run too. */
function order(seeds: readonly Seed[]): readonly Seed[] {
  const done = new Set<Seed>();
  const visit = (seed: Seed, path: readonly Seed[]): void => {
    if (done.has(seed)) return;
    if (path.includes(seed)) {
      const circle = [...path.slice(path.indexOf(seed)), seed].map(({ name }) => name);
      throw new DefinitionError(`Seeds come after each other: ${circle.join(" after ")}.`);
    }
    for (const before of seed.after) visit(before, [...path, seed]);
    done.add(seed);
  };
  for (const seed of seeds) visit(seed, []);
  return [...done];
}
