/** What tests of applications are written with, whatever runs them. */
export { beginTest, type TestOptions, type TestTransaction } from "./test-transaction.ts";
