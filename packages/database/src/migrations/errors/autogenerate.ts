import { DatabaseError } from "../../database-error.ts";

/** Models are compared with a database only where all revisions are applied: what they do would be found again otherwise. */
export class DatabaseNotAtHead extends DatabaseError {
  readonly code = "DATABASE_NOT_AT_HEAD";
  /** The version rows. */
  readonly current: readonly string[];
  readonly heads: readonly string[];

  constructor(current: readonly string[], heads: readonly string[]) {
    super(
      `The database is at ${current.join(", ") || "base"} and not at ${heads.join(", ")}, so a comparison with the models would ` +
        `find again what the revisions between them do. Run: hypertroq upgrade ${heads.length > 1 ? "heads" : "head"}`,
    );
    this.current = current;
    this.heads = heads;
  }
}

/** No scratch database could be had, in which PostgreSQL says how it reads the models. Nothing was written. */
export class ScratchUnavailable extends DatabaseError {
  readonly code = "SCRATCH_UNAVAILABLE";

  constructor(problem: string, cause: Error) {
    super(
      `A comparison needs a scratch database, in which PostgreSQL says how it reads what is wanted, and ${problem}: ${ended(cause)} ` +
        "Let DIRECT_URL name a role that may create databases (ALTER ROLE … CREATEDB), or name another server of the same version " +
        "for them: --scratch URL, scratch: { url }, or a development server in the configuration.",
      { cause },
    );
  }
}

/** PostgreSQL refuses what the models describe. Nothing was written. */
export class ModelsNotCreatable extends DatabaseError {
  readonly code = "MODELS_NOT_CREATABLE";
  /** What was being created: `createTable users`. */
  readonly step: string;

  constructor(step: string, cause: Error) {
    super(
      `The models could not be created in a scratch database, at ${step}: ${ended(cause)} Where a type or a function is missing ` +
        "that an extension or a revision brings, apply that revision first.",
      { cause },
    );
    this.step = step;
  }
}

/** There are differences that no revision can be generated for. Nothing was written. */
export class AutogenerateUnsupported extends DatabaseError {
  readonly code = "AUTOGENERATE_UNSUPPORTED";
  /** Each in a sentence. */
  readonly unsupported: readonly string[];

  constructor(unsupported: readonly string[]) {
    super(
      `No revision can be generated:\n${unsupported.map((one) => `- ${one}`).join("\n")}\nWrite these by hand first (hypertroq ` +
        "revision -m MESSAGE), apply it, and let the rest be generated.",
    );
    this.unsupported = unsupported;
  }
}

/** A comparison with models was aborted. */
export class ComparisonInterrupted extends DatabaseError {
  readonly code = "COMPARISON_INTERRUPTED";

  constructor() {
    super("Interrupted: nothing was written, and the scratch databases are dropped.");
  }
}

/** What PostgreSQL says ends without a full stop, and another sentence follows. */
function ended({ message }: Error): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
