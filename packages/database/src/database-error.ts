/**
 * Every error this package throws on purpose. They share this base class, and each concrete class has a stable `code`
 * (a page in docs/errors), its facts as fields, and a message that says what to do next. No error holds a
 * password, a parameter value or a row.
 */
export abstract class DatabaseError extends Error {
  /** Stable across releases; the name of a page in docs/errors. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
  }
}

/** Makes fields of the facts that are known: an unknown one is no field, so that what prints an error does not print it. */
export function setFacts(error: DatabaseError, facts: object): void {
  for (const [name, fact] of Object.entries(facts)) {
    if (fact !== undefined) Object.defineProperty(error, name, { value: fact, enumerable: true });
  }
}
