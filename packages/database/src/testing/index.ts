/**
 * What tests of applications are written with, whatever runs them.
 *
 * @module @hypertroq/database/testing
 */
export {
  defineFactory,
  type Factory,
  type FactoryOverrides,
  type FactoryValues,
  type KeyFactory,
} from "../seeding/factory.ts";
export { type ClonedDatabase, type CloneOptions, cloneDatabase } from "./clone-database.ts";
export {
  assertStatements,
  type CountedStatements,
  countStatements,
  type ExpectedStatements,
} from "./count-statements.ts";
export { beginTest, type TestOptions, type TestTransaction } from "./test-transaction.ts";
