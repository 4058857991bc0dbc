/**
 * Rows that a database shall have: what the application needs everywhere, and what it is developed with.
 *
 * @module @hypertroq/database/seeding
 */
export type { SeedChoice } from "./choose-seeds.ts";
export { defineSeed, type Seed, type SeedContext, type SeedOptions, type SeedRows } from "./define-seed.ts";
export { SeedRefused, UnknownSeed } from "./errors.ts";
export { defineFactory, type Factory, type FactoryOverrides, type FactoryValues, type KeyFactory } from "./factory.ts";
export type { Random } from "./random.ts";
export { type SeedEvent, type SeedingOptions, type SeedOutcome, type SeedReport, seed } from "./seed.ts";
export type { SeedCounts } from "./store-rows.ts";
