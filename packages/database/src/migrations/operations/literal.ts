import { encodeParameters } from "../../connection/parameters.ts";
import { DefinitionError } from "../../errors.ts";
import type { Statement } from "./step.ts";
import { tokenize } from "./tokenize.ts";

/**
 * A value as SQL text. Like a parameter it has no type of its own: the place decides. It reads the same whatever
 * `standard_conforming_strings` says (PostgreSQL, "String Constants with C-Style Escapes").
 *
 * @throws {DefinitionError} when it is no value.
 */
export function literal(value: unknown): string {
  const [parameter] = encodeParameters([value]);
  if (parameter === null || parameter === undefined) return "null";
  const text = typeof parameter === "string" ? parameter : `\\x${parameter.toString("hex")}`;
  const quoted = text.replaceAll("'", "''");
  return text.includes("\\") ? `E'${quoted.replaceAll("\\", "\\\\")}'` : `'${quoted}'`;
}

/**
 * The statement with its values written into it, for what is read and run elsewhere.
 *
 * @throws {DefinitionError} when it refers to a value that is not there.
 */
export function inline({ text, values }: Statement): string {
  if (values.length === 0) return text;
  let inlined = "";
  for (const { kind, start, end } of tokenize(text)) {
    const token = text.slice(start, end);
    if (kind !== "parameter") {
      inlined += token;
      continue;
    }
    const index = Number(token.slice(1)) - 1;
    if (index < 0 || index >= values.length) throw new DefinitionError(`The statement has no value for ${token}.`);
    // Two literals side by side would be one.
    inlined += /['"\w]$/.test(inlined) ? ` ${literal(values[index])}` : literal(values[index]);
  }
  return inlined;
}
