/** How requests come: at a fixed rate, whatever has become of those before. */
export interface OpenPace {
  /** Requests per second. */
  readonly rate: number;
  readonly seconds: number;
}

/** Milliseconds that requests took, from when they were due to when they were answered. */
export interface Latencies {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** While the next request is due sooner than that, in milliseconds, the loop is kept turning: timers are too coarse. */
const TIMER = 2;

/**
 * Sends a request whenever one is due, without waiting for others, until so many have been due as the rate and the seconds
 * say, at least one; and waits for all. A request that could not be sent when it was due, because the process was busy,
 * has waited since: that is counted, and nothing is left out while others take long (coordinated omission).
 *
 * @throws the first error of a request, when all are through.
 */
export async function pace(operation: () => Promise<unknown>, { rate, seconds }: OpenPace): Promise<Latencies> {
  const latencies = new Float64Array(Math.max(1, Math.round(rate * seconds)));
  const failures: unknown[] = [];
  const start = performance.now();
  const due = (request: number): number => start + (request * 1000) / rate;
  const send = async (request: number): Promise<void> => {
    try {
      await operation();
    } catch (error) {
      failures.push(error);
    }
    latencies[request] = performance.now() - due(request);
  };
  const answers: Promise<void>[] = [];
  while (answers.length < latencies.length) {
    const wait = due(answers.length) - performance.now();
    if (wait <= 0) answers.push(send(answers.length));
    else await new Promise<void>((go) => (wait > TIMER ? setTimeout(go, wait - TIMER) : setImmediate(go)));
  }
  await Promise.all(answers);
  if (failures.length > 0) throw failures[0];
  latencies.sort();
  const at = (share: number): number => latencies[Math.ceil(latencies.length * share) - 1]!;
  return { requests: latencies.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}
