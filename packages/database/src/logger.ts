/** What the layer writes its log to: `pino` fits as it is, and so does anything with these four methods. */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

const nothing = (): void => {};

/** The default: says nothing. A library does not write to somebody else's console. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
