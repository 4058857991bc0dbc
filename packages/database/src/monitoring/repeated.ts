import { applicationStack } from "../application-stack.ts";
import { KnownTexts, normalise } from "../session/normalise.ts";
import type { ObservedStatement } from "../session/observers.ts";

/** A statement that one session sent again and again: most often a query in a loop over the rows of another (N+1). */
export interface RepeatedStatement {
  /** Its text with `?` for its literals. */
  readonly text: string;
  /** How often the session had sent it when that was found. */
  readonly times: number;
  /** The application's frames that waited for it, innermost first. */
  readonly stack: readonly string[];
  readonly at: Date;
}

/** Places that were told, so that they are not told again. */
const MOST_TOLD = 1000;
/** Texts whose shapes are remembered. */
const MOST_TEXTS = 1000;

/** Finds statements that one session sends more than `most` times. Each is told once for each place in the code. */
export class RepeatedStatements {
  readonly #most: number;
  readonly #sample: number;
  readonly #tell: (repeated: RepeatedStatement) => void;
  readonly #shapes = new KnownTexts(MOST_TEXTS, normalise);
  /** Undefined for sessions that are not looked at. */
  readonly #sessions = new WeakMap<object, Map<string, number> | undefined>();
  readonly #told = new Set<string>();

  /** @param sample the share of sessions that are looked at, 0 to 1. */
  constructor(most: number, sample: number, tell: (repeated: RepeatedStatement) => void) {
    this.#most = most;
    this.#sample = sample;
    this.#tell = tell;
  }

  /** To be called when the answer is there and before who waits for it goes on. */
  note({ text, session }: ObservedStatement): void {
    if (session === undefined) return;
    let counts = this.#sessions.get(session);
    if (counts === undefined) {
      if (this.#sessions.has(session)) return;
      counts = Math.random() < this.#sample ? new Map() : undefined;
      this.#sessions.set(session, counts);
      if (counts === undefined) return;
    }
    const shape = this.#shapes.of(text);
    const times = (counts.get(shape) ?? 0) + 1;
    counts.set(shape, times);
    if (times !== this.#most + 1) return;
    const stack = applicationStack(this.note);
    const place = `${stack[0]} ${shape}`;
    if (this.#told.has(place)) return;
    if (this.#told.size >= MOST_TOLD) this.#told.clear();
    this.#told.add(place);
    this.#tell({ text: shape, times, stack, at: new Date() });
  }
}
