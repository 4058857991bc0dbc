import type { Pool } from "../../connection/pool/pool.ts";
import type { Ask } from "../server/side-connection.ts";

/** How bad it is: what is critical fails, or loses something, before long. */
export type Severity = "warning" | "critical";

/** What a rule has measured of one thing. */
export interface Finding {
  /** Of what: a table, a session, the server. */
  readonly subject: string;
  /** In the rule's unit; the larger the worse. */
  readonly value: number;
  /** A sentence, without values of rows. */
  readonly detail: string;
}

/** From where on a rule says something. */
export interface Limits {
  /** From this value on. Undefined: never a warning. */
  readonly warning?: number | undefined;
  readonly critical?: number | undefined;
  /** What there must be of it, rows, blocks or transactions, before the rule says anything. */
  readonly floor?: number | undefined;
}

/** What a rule looks at. */
export interface Look {
  readonly ask: Ask;
  /** Of the application, when it is the application that looks. */
  readonly pool: Pool | undefined;
  /** The rule's own, from one look to the next; empty at the first. */
  readonly memory: Map<string, unknown>;
  /** The limits in force. */
  readonly limits: Limits;
}

/** Something that can be wrong with a database, and what to do about it. */
export interface AlertRule extends Limits {
  /** kebab-case; it names the rule in configurations and metrics. */
  readonly id: string;
  /** What is wrong, in a few words. */
  readonly title: string;
  /** What follows from it. */
  readonly meaning: string;
  /** What to do, in words. */
  readonly remedy: string;
  readonly unit: "s" | "ms" | "bytes" | "ratio" | "transactions" | "count";
  /** How often in a row it must be found before it is told. Default the monitor's; 1 for what is over when it is seen. */
  readonly fireAfter?: number | undefined;
  /** @throws what `ask` throws; the rule then says nothing. */
  measure(look: Look): Promise<readonly Finding[]>;
}

/** The measure of a rule that is one question: its rows are findings. `$1` is the floor, where the text has it. */
export function bySql(text: string): AlertRule["measure"] {
  const takesFloor = text.includes("$1");
  return async ({ ask, limits }) => await ask<Finding>(text, takesFloor ? [limits.floor ?? 0] : []);
}

/** What a value amounts to. */
export function severityOf(value: number, { warning, critical }: Limits): Severity | undefined {
  if (critical !== undefined && value >= critical) return "critical";
  return warning !== undefined && value >= warning ? "warning" : undefined;
}
