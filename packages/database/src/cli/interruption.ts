/** The codes a shell expects of a program that a signal ended: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Signals turned into an abort, so that locks and servers are released on the way out. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Undefined until a signal came. */
  readonly exitCode: number | undefined;
  /** Gives the signals back to Node. */
  stop(): void;
}

/** The first SIGINT or SIGTERM aborts; a second one ends the process at once. */
export function watchSignals(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const handlers = Object.entries(EXIT_CODES).map(([name, code]) => {
    const handler = (): void => {
      if (exitCode !== undefined) process.exit(code);
      exitCode = code;
      controller.abort();
    };
    process.on(name, handler);
    return [name, handler] as const;
  });
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    stop: () => {
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}
