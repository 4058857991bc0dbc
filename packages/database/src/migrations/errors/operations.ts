import { DatabaseError } from "../../errors.ts";

/** `reverseOf` was asked for the way back of operations that have none, or are not told enough to know it. */
export class IrreversibleOperation extends DatabaseError {
  readonly code = "IRREVERSIBLE_OPERATION";
  /** What nothing takes back, as steps are called: `dropTable users`. */
  readonly operations: readonly string[];

  constructor(operations: readonly string[]) {
    super(
      `Nothing takes these operations back: ${operations.join("; ")}. Say in their \`was\` what was there, or write the ` +
        "downgrade by hand.",
    );
    this.operations = operations;
  }
}
