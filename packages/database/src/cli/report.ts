import { styleText } from "node:util";
import { DatabaseError } from "../errors.ts";

/**
 * Prints an error for a reader who did not write this program: its message, and in a last line the code that leads to
 * its page in docs/errors; a stack only where it was asked for. What is not ours has no code.
 */
export function report(error: unknown): void {
  const label = styleText("red", "error:", { stream: process.stderr });
  if (process.env["HYPERTROQ_DEBUG"] === "1") {
    console.error(label, error);
  } else if (error instanceof DatabaseError) {
    const code = styleText("dim", `code: ${error.code}`, { stream: process.stderr });
    console.error(`${label} ${error.message}\n${code}`);
  } else {
    const [line] = String(error instanceof Error ? error.message : error).split("\n");
    console.error(`${label} ${line}\nThis was not foreseen. HYPERTROQ_DEBUG=1 shows where it happened.`);
  }
}
