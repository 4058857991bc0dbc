import type { Words } from "../operations/words.ts";
import { type Findings, keyOf } from "./findings.ts";

/** ADD of a constraint; false: it is none, but a column. Nothing is read then. */
export function addConstraint(words: Words, table: string, below: readonly string[], findings: Findings): boolean {
  if (words.take("constraint")) words.name();
  if (words.take("foreign", "key")) {
    addForeignKey(words, below, findings);
    return true;
  }
  const kind = ["check", "unique", "exclude"].find((word) => words.take(word));
  const isPrimary = kind === undefined && words.take("primary", "key");
  if (kind === undefined && !isPrimary) return false;
  if (kind === "unique" && words.take("nulls")) while (!words.isAtEnd && !words.is("(")) words.next();
  const key = words.inParentheses() ?? "";
  const isAlone = kind === "check" && /\bno\s+inherit\b/i.test(words.rest);
  const on = isAlone ? [table] : below;
  // An index is made of each partition, as by CREATE INDEX.
  const isCheck = kind === "check" || findings.known(table)?.kind !== "partitioned";
  for (const each of on) findings.lock(each, isCheck || each === table ? "ACCESS EXCLUSIVE" : "SHARE");
  if (words.take("using", "index")) {
    if (isPrimary) keyFromIndex(words.name()?.last ?? "", table, findings);
    return true;
  }
  if (kind === "check" && isNotValid(words)) return true;
  if (key === "" && kind !== "exclude") return true;
  for (const each of on) if (findings.known(each)?.kind !== "partitioned") findings.scan(each);
  return true;
}

/** Its columns become NOT NULL, which has the rows read where they are not. */
function keyFromIndex(index: string, table: string, findings: Findings): void {
  const known = findings.known(table);
  const keys = known?.indexes[index]?.keys;
  if (known === undefined || keys === undefined) return void findings.unsure("scans");
  if (keys.some((key) => known.columns[key]?.isNotNull !== true)) findings.scan(table);
}

function addForeignKey(words: Words, below: readonly string[], findings: Findings): void {
  words.inParentheses();
  words.take("references");
  const name = words.name();
  for (const each of below) findings.lock(each, "SHARE ROW EXCLUSIVE");
  if (name === undefined) return void findings.unsure("locks", "scans");
  const other = keyOf(name);
  for (const each of findings.withChildren(other)) findings.lock(each, "SHARE ROW EXCLUSIVE");
  if (isNotValid(words)) return;
  for (const each of [...below, ...findings.withChildren(other)]) {
    if (findings.known(each)?.kind !== "partitioned") findings.scan(each);
  }
}

function isNotValid(words: Words): boolean {
  return /\bnot\s+valid\s*$/i.test(words.rest);
}

/** VALIDATE CONSTRAINT, from behind these words. */
export function validateConstraint(words: Words, table: string, below: readonly string[], findings: Findings): void {
  const known = findings.known(table)?.constraints[words.name()?.last ?? ""];
  findings.lock(table, "SHARE UPDATE EXCLUSIVE");
  if (known?.isValid === true) return;
  if (known === undefined) {
    // Of a foreign key there is the table that it refers to; and what is valid is not read again.
    return void findings.unsure("locks", "scans");
  }
  const { kind, references } = known;
  if (kind === "check") for (const each of below) findings.lock(each, "SHARE UPDATE EXCLUSIVE");
  for (const each of kind === "check" ? below : [table]) {
    if (findings.known(each)?.kind !== "partitioned") findings.scan(each);
  }
  if (references === undefined) return;
  findings.lock(references, "ROW SHARE");
  findings.scan(references);
}

/** DROP CONSTRAINT, from behind these words. */
export function dropConstraint(words: Words, table: string, below: readonly string[], findings: Findings): void {
  words.take("if", "exists");
  const name = words.name()?.last ?? "";
  findings.lock(table, "ACCESS EXCLUSIVE");
  if (words.take("cascade")) findings.unsure("locks");
  const known = findings.known(table);
  const constraint = known?.constraints[name];
  if (constraint === undefined) return void findings.unsure("locks");
  if (constraint.references !== undefined) findings.lock(constraint.references, "ACCESS EXCLUSIVE");
  if (below.length > 1) for (const each of below) findings.lock(each, "ACCESS EXCLUSIVE");
}
