const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** npm hands on to its child the Ctrl-C that the child has had from the terminal: that one is no second wish. */
const ECHO_MILLISECONDS = 500;

/**
 * Aborts the returned signal at the first SIGINT or SIGTERM; the second, half a second later or more, exits at once with
 * 128 and the signal's number. Handlers of `exit` still run then.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  let first: number | undefined;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (first === undefined) {
        first = performance.now();
        stop.abort(new Stopped(name));
      } else if (performance.now() - first > ECHO_MILLISECONDS) {
        process.exit(EXIT_CODES[name]);
      }
    });
  }
  return stop.signal;
}

/** Why a start was given up: the process was asked to stop. */
export class Stopped extends Error {
  constructor(signal: string) {
    super(`Stopped by ${signal}.`);
    this.name = "Stopped";
  }
}
