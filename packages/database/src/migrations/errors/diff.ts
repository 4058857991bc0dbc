import { DatabaseError } from "../../database-error.ts";

/** A rename that was given is none that can be done. */
export class RenameInvalid extends DatabaseError {
  readonly code = "RENAME_INVALID";
  /** As it was given. */
  readonly rename: string;

  constructor(rename: string, problem: string) {
    super(`The rename ${rename} cannot be done: ${problem}.`);
    this.rename = rename;
  }
}
