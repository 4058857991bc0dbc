import { DefinitionError } from "../../errors.ts";
import { type Name, quoteQualified, showName } from "./identifier.ts";
import { tokenize } from "./tokenize.ts";

/**
 * A routine: its name, which may have a schema, and its arguments in SQL. Without parentheses it is whatever routine has
 * the name, if there is one only. A name with a dot or a parenthesis in it is given as `{ name, arguments }`.
 */
export type Signature = string | { readonly name: Name; readonly arguments?: string | undefined };

export function quoteSignature(signature: Signature): string {
  const { name, args } = read(signature);
  return `${quoteQualified(name)}${args === undefined ? "" : `(${args})`}`;
}

/** For people. */
export function signatureName(signature: Signature): string {
  const { name, args } = read(signature);
  return `${showName(name)}${args === undefined ? "" : `(${args})`}`;
}

/** The arguments without their defaults, which DROP, ALTER and COMMENT do not take. */
export function withoutDefaults(signature: Signature): Signature {
  const { name, args } = read(signature);
  if (args === undefined) return signature;
  let kept = "";
  let depth = 0;
  let isDefault = false;
  for (const { kind, start, end } of tokenize(args)) {
    const token = args.slice(start, end);
    if (depth === 0 && token === ",") isDefault = false;
    if (depth === 0 && (token === "=" || (kind === "word" && token.toLowerCase() === "default"))) isDefault = true;
    if (kind === "symbol" && (token === "(" || token === "[")) depth++;
    if (kind === "symbol" && (token === ")" || token === "]")) depth--;
    if (!isDefault) kept += token;
  }
  return { name, arguments: kept.replace(/ +(?=,|$)/g, "") };
}

/** In SQL, with names and defaults. */
export function argumentsOf(signature: Signature): string {
  return read(signature).args ?? "";
}

/** How many of the arguments have a default. */
export function defaultsOf(signature: Signature): number {
  const { args = "" } = read(signature);
  let [depth, count] = [0, 0];
  for (const { kind, start, end } of tokenize(args)) {
    const token = args.slice(start, end);
    if (kind === "symbol" && (token === "(" || token === "[")) depth++;
    if (kind === "symbol" && (token === ")" || token === "]")) depth--;
    if (depth === 0 && (token === "=" || (kind === "word" && token.toLowerCase() === "default"))) count++;
  }
  return count;
}

/** The schema and the name of it changed. */
export function withName(signature: Signature, change: (name: Name) => Name): Signature {
  const { name, args } = read(signature);
  return { name: change(name), arguments: args };
}

export function routineName(signature: Signature): Name {
  return read(signature).name;
}

function read(signature: Signature): { readonly name: Name; readonly args: string | undefined } {
  if (
    typeof signature === "object" &&
    signature !== null &&
    ["string", "undefined"].includes(typeof signature.arguments)
  ) {
    return { name: signature.name, args: signature.arguments };
  }
  if (typeof signature !== "string") {
    throw new DefinitionError("A routine is a name with its arguments, as text: touch(), add(integer, integer).");
  }
  const open = signature.indexOf("(");
  if (open === -1) return { name: signature, args: undefined };
  if (!signature.endsWith(")"))
    throw new DefinitionError(`The routine "${signature}" does not end with a parenthesis.`);
  return { name: signature.slice(0, open).trimEnd(), args: signature.slice(open + 1, -1) };
}
