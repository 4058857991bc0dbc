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

/** Milliseconds that what is under way may take to end in order. */
const PATIENCE = 3_000;

/**
 * The first SIGINT or SIGTERM aborts; a second one ends the process at once. So does {@link PATIENCE}: a file of the user's
 * may wait for ever, and so may a connection. A database is left whole however its client ends.
 */
export function watchSignals(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const handlers = Object.entries(EXIT_CODES).map(([name, code]) => {
    const handler = (): void => {
      if (exitCode !== undefined) process.exit(code);
      exitCode = code;
      timer = setTimeout(() => {
        console.error("Interrupted; what was under way did not end in time.");
        process.exit(code);
      }, PATIENCE).unref();
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
      clearTimeout(timer);
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}
