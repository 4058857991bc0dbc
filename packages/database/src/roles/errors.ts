import { DatabaseError } from "../errors.ts";

/** A password for a role, given in the environment, cannot be used. */
export class RolePasswordInvalid extends DatabaseError {
  readonly code = "ROLE_PASSWORD_INVALID";
  /** The variable that holds it. */
  readonly variable: string;

  constructor(variable: string) {
    super(`${variable} must be 16 to 256 printable characters of ASCII. Leave it out to have a password made.`);
    this.variable = variable;
  }
}
