/** What the layer writes its log to: `pino` fits as it is, and so does anything with these four methods. */
export interface Logger {
  /** Each statement, with `echo`. */
  debug(facts: object, message: string): void;
  /** What went as it should, and is rare. */
  info(facts: object, message: string): void;
  /** What somebody should look at. */
  warn(facts: object, message: string): void;
  /** What went wrong and could be told to no caller. */
  error(facts: object, message: string): void;
}

const nothing = (): void => {};

/** The default: says nothing. A library does not write to somebody else's console. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
