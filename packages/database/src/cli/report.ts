import { styleText } from "node:util";
import { DatabaseError } from "../errors.ts";

/** Prints an error for a reader who did not write this program: its message, and a stack only where it was asked for. */
export function report(error: unknown): void {
  const label = styleText("red", "error:", { stream: process.stderr });
  if (process.env["HYPERTROQ_DEBUG"] === "1") {
    console.error(label, error);
  } else if (error instanceof DatabaseError) {
    console.error(label, error.message);
  } else {
    const [line] = String(error instanceof Error ? error.message : error).split("\n");
    console.error(`${label} ${line}\nThis was not foreseen. HYPERTROQ_DEBUG=1 shows where it happened.`);
  }
}
