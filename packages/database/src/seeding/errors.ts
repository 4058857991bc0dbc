import { DatabaseError } from "../errors.ts";

/** Development data, or emptying tables, was asked for where others depend on the data. Nothing was done. */
export class SeedRefused extends DatabaseError {
  readonly code = "SEED_REFUSED";
  readonly environment: string;
  /** The seeds that are refused, by name. */
  readonly seeds: readonly string[];

  constructor(environment: string, seeds: readonly string[], what: "development data" | "reset") {
    super(
      what === "reset"
        ? `Tables are emptied in development alone, and this is ${environment}. Nothing was changed.`
        : `${seeds.join(", ")}: development data, which belongs into no database of ${environment}. Nothing was changed. ` +
            "Ask for reference data alone (--reference, reference: true), or force it (--force, force: true).",
    );
    this.environment = environment;
    this.seeds = seeds;
  }
}

/** A seed was asked for by a name that none has. */
export class UnknownSeed extends DatabaseError {
  readonly code = "SEED_UNKNOWN";
  readonly seed: string;

  constructor(seed: string, known: readonly string[], meant: string | undefined) {
    const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
    super(`There is no seed ${seed}.${hint} There are: ${known.join(", ") || "none"}.`);
    this.seed = seed;
  }
}
