import { applicationStack } from "../application-stack.ts";
import { normalise } from "./normalise.ts";
import type { ObservedStatement } from "./observers.ts";

/** A statement that took long. */
export interface SlowQuery {
  /** Its text with `?` for its literals, see `normalise`. */
  readonly text: string;
  /** From when it was given to when it was answered, waits for a connection and for locks included. */
  readonly milliseconds: number;
  readonly rows: number;
  readonly errorCode: string | undefined;
  /** When it was answered. */
  readonly at: Date;
  /** The application's frames that waited for it, innermost first, as a stack has them; none when nobody awaits it. */
  readonly stack: readonly string[];
  /** How many others of the same text were slow since one was told, and were not told themselves. */
  readonly untold: number;
  /** The generic plan, without literals. Undefined when there is none: DDL, no connection, another one just being made. */
  readonly plan: string | undefined;
}

/** Milliseconds after which another one of the same text is told. */
const PAUSE = 10_000;
/** Milliseconds for which a plan is taken to be the same. */
const PLAN_AGE = 600_000;
/** Texts remembered at most. */
const MOST = 500;

/** What EXPLAIN takes; everything else changes more than rows, or has no plan. */
const EXPLAINABLE = /^\s*\(*\s*(select|insert|update|delete|merge|with|values|table)\b/i;

/** What is remembered of a text. */
interface Known {
  told: number;
  untold: number;
  plan: { readonly text: string | undefined; readonly at: number } | undefined;
}

/**
 * Finds slow statements. Where one was issued is asked when it was answered and found slow, not before: V8 knows by then
 * who awaits it, so that the fast ones cost no stack. Of statements with one text one is told in ten seconds at most.
 */
export class SlowQueries {
  /** Milliseconds. */
  readonly threshold: number;
  readonly #explain: (text: string) => Promise<string | undefined>;
  readonly #known = new Map<string, Known>();
  #isExplaining = false;

  /** @param explain asks for a plan; undefined when there is none. One at a time. */
  constructor(threshold: number, explain: (text: string) => Promise<string | undefined>) {
    this.threshold = threshold;
    this.#explain = explain;
  }

  /** To be called when the answer is there and before who waits for it goes on. */
  note(statement: ObservedStatement, tell: (query: SlowQuery) => void): void {
    const text = normalise(statement.text);
    const now = performance.now();
    const known = this.#remember(text, now);
    if (known.told !== now && now - known.told < PAUSE) {
      known.untold += 1;
      return;
    }
    const { milliseconds, rows, errorCode } = statement;
    const stack = applicationStack(this.note);
    const query = { text, milliseconds, rows, errorCode, at: new Date(), stack, untold: known.untold };
    known.told = now;
    known.untold = 0;
    const { plan } = known;
    if (plan !== undefined && now - plan.at < PLAN_AGE) tell({ ...query, plan: plan.text });
    else if (this.#isExplaining || !EXPLAINABLE.test(text)) tell({ ...query, plan: undefined });
    else {
      void this.#planOf(statement.text).then((found) => {
        known.plan = { text: found, at: now };
        tell({ ...query, plan: found });
      });
    }
  }

  #remember(text: string, now: number): Known {
    let known = this.#known.get(text);
    if (known === undefined) {
      if (this.#known.size >= MOST) this.#known.clear();
      known = { told: now, untold: 0, plan: undefined };
      this.#known.set(text, known);
    }
    return known;
  }

  async #planOf(text: string): Promise<string | undefined> {
    this.#isExplaining = true;
    try {
      return await this.#explain(text);
    } catch {
      return undefined; // a plan is a help, and nobody waits for it
    } finally {
      this.#isExplaining = false;
    }
  }
}
