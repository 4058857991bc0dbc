/** What was done in a stretch of time. */
export interface Sample {
  readonly operations: number;
  readonly seconds: number;
  /** Seconds of CPU that the contestant's process spent, user and system; absent where it cannot be known. */
  readonly cpu?: number;
}

export interface Pace {
  /** How many requests are under way at any time. */
  readonly concurrency: number;
  readonly seconds: number;
}

/**
 * Does one operation after another until they have taken `seconds`, at least one. What each is about is made before its
 * clock runs, and costs nothing: for large inputs.
 */
export async function measureAlone<Input>(
  make: () => Input,
  operation: (input: Input) => Promise<unknown>,
  seconds: number,
): Promise<Sample> {
  const sample = { operations: 0, seconds: 0, cpu: 0 };
  do {
    const input = make();
    const cpu = process.cpuUsage();
    const start = performance.now();
    await operation(input);
    sample.seconds += (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    sample.cpu += (user + system) / 1e6;
    sample.operations++;
  } while (sample.seconds < seconds);
  return sample;
}

/** Keeps `concurrency` operations under way for `seconds`; each of them is done at least once. */
export async function measure(operation: () => Promise<unknown>, { concurrency, seconds }: Pace): Promise<Sample> {
  let operations = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  const oneAfterAnother = async (): Promise<void> => {
    // The clock is asked, not a timer: operations that never wait for the server would keep a timer from firing. It is asked
    // afterwards: a process that was held up for as long as this was to take would have done nothing.
    do {
      await operation();
      operations++;
    } while (performance.now() < end);
  };
  await Promise.all(Array.from({ length: concurrency }, oneAfterAnother));
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { operations, seconds: elapsed / 1000, cpu: (user + system) / 1e6 };
}
