import type { Words } from "../operations/words.ts";
import type { Findings } from "./findings.ts";
import { keepsIndexes, typeRewrites } from "./type-rewrite.ts";

/** ALTER TABLE … ALTER COLUMN, from behind ALTER. */
export function alterColumn(words: Words, table: string, below: readonly string[], findings: Findings): void {
  words.take("column");
  const column = words.name()?.last ?? "";
  const open = words.is("set") && (words.is("statistics", 1) || words.is("(", 1));
  const isOpen = open || (words.is("reset") && words.is("(", 1));
  const recursive = ["type", "data"].some((word) => words.is(word) || words.is(word, 1)) || words.is("not", 1);
  const single = words.is("identity", 1) || words.is("generated", 1) || words.is("add");
  const on = single && !recursive ? [table] : below;
  for (const each of on) findings.lock(each, isOpen ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE");
  if (words.is("restart") || words.is("identity", 1) || words.is("generated", 1)) findings.unsure("locks"); // its sequence
  if (words.take("set", "not", "null")) for (const each of below) setNotNull(each, column, findings);
  if (words.take("set", "data")) words.take("type");
  else if (!words.take("type")) return;
  const change = {
    type: words.until((next) => next.is("using") || next.is("collate")),
    collation: words.take("collate") ? words.name()?.last : undefined,
    using: words.take("using") ? words.rest : undefined,
  };
  for (const each of below) changeType(each, column, change, findings);
}

/** A valid check that says the same spares the scan. */
function setNotNull(table: string, column: string, findings: Findings): void {
  const known = findings.known(table);
  if (known === undefined) return void findings.unsure("scans");
  if (known.kind === "partitioned" || known.columns[column]?.isNotNull === true) return;
  const proofs = Object.values(known.constraints).some(
    ({ kind, isValid, expression = "" }) => kind === "check" && isValid && saysNotNull(expression, column),
  );
  if (!proofs) findings.scan(table);
}

/** Whether a check is only that, or has it among its AND. One that denies, or depends, is not looked into. */
function saysNotNull(expression: string, column: string): boolean {
  if (/\bor\b|\bnot\s*\(|\bcase\b/i.test(expression)) return false;
  const name = column.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?:^|[\\s(])"?${name}"?\\s+is\\s+not\\s+null`, "i").test(expression);
}

interface TypeChange {
  readonly type: string;
  readonly collation: string | undefined;
  readonly using: string | undefined;
}

function changeType(table: string, column: string, { type, collation, using }: TypeChange, findings: Findings): void {
  const known = findings.known(table);
  const from = known?.columns[column]?.type;
  const rewrites = typeRewrites(from, type, using, column, findings.surroundings);
  if (rewrites === true) findings.rewrite(table);
  else if (rewrites === undefined) findings.unsure("rewrites", "scans", "rebuilds");
  if (known === undefined || from === undefined) return void findings.unsure("scans", "rebuilds", "locks");
  for (const constraint of Object.values(known.constraints)) {
    if (!constraint.columns.includes(column)) continue;
    if (constraint.references !== undefined) {
      findings.lock(constraint.references, "ACCESS EXCLUSIVE");
      findings.unsure("scans");
    } else if (constraint.kind === "check" && constraint.isValid) findings.scan(table);
  }
  for (const other of known.referencedBy) {
    if (!other.columns.includes(column)) continue;
    findings.lock(other.table, "ACCESS EXCLUSIVE");
    findings.unsure("scans");
  }
  if (rewrites === true) return;
  const keeps = collation === undefined ? keepsIndexes(from, type, findings.surroundings) : false;
  for (const [name, { columns, isPlain }] of Object.entries(known.indexes)) {
    if (!columns.includes(column) || (keeps === true && isPlain)) continue;
    if (keeps === undefined && isPlain) findings.unsure("rebuilds", "scans");
    else {
      findings.rebuild(name);
      findings.scan(table);
    }
  }
}
