const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof EXIT_CODES;

/** npm hands on to its child the Ctrl-C that the child has had from the terminal: that one is no second wish. */
const ECHO_MILLISECONDS = 500;

/** How often to look whether the shell between npm and us still lives. */
const WATCH_MILLISECONDS = 200;

/**
 * Aborts the returned signal at the first Ctrl-C (SIGINT), SIGTERM or hangup (SIGHUP: the terminal was closed). The
 * second, half a second later or more, exits at once with 128 and the signal's number; handlers of `exit` still run then.
 *
 * Under npm the death of the parent counts as a signal: npm hands SIGTERM to the shell that it runs scripts in, and that
 * dies of it without handing it on.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  let first: number | undefined;
  const receive = (name: Signal): void => {
    if (first === undefined) {
      first = performance.now();
      stop.abort(new Stopped(name));
    } else if (performance.now() - first > ECHO_MILLISECONDS) {
      process.exit(EXIT_CODES[name]);
    }
  };
  for (const name of Object.keys(EXIT_CODES) as Signal[]) process.on(name, receive);
  if (process.env["npm_lifecycle_event"] !== undefined) {
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      if (first === undefined) receive("SIGTERM");
    }, WATCH_MILLISECONDS);
    timer.unref();
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
