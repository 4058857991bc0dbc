import type { Call } from "../compare/call.ts";
import { callText, templateLiteral } from "./typescript.ts";

/** Columns of a statement in a function. */
const INDENT = 2;

/**
 * The statements of an `upgrade` or a `downgrade`, without the indentation of its first line's block.
 *
 * @param remarks for each call lines that stand above it.
 */
export function bodyOf(calls: readonly Call[], remarks: readonly (readonly string[])[] = []): string {
  return calls
    .map((made, index) => {
      const comments = (remarks[index] ?? []).map((line) => `// ${line.replace(/\s+/g, " ")}\n`);
      const text = statementText(made);
      return comments.join("") + text;
    })
    .join("\n");
}

function statementText(made: Call): string {
  if (made.method === "sql") return `op.sql${templateLiteral(made.arguments[0].join(""))};`;
  return callText(`op.${made.method}`, made.arguments, INDENT).replace(/\n {2}/g, "\n");
}
