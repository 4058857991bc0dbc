import { Words } from "../operations/words.ts";
import { type Findings, keyOf } from "./findings.ts";
import type { LockMode } from "./lock-mode.ts";

/** DROP of anything; false: it is none. */
export function drop(words: Words, findings: Findings): boolean {
  if (!words.take("drop")) return false;
  if (words.take("table") || words.take("foreign", "table"))
    named(words, findings, (table) => dropTable(table, findings));
  else if (words.take("view") || words.take("materialized", "view") || words.take("sequence")) {
    named(words, findings, (relation) => findings.lock(relation, "ACCESS EXCLUSIVE"));
  } else if (words.take("index")) {
    const mode: LockMode = words.take("concurrently") ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
    named(words, findings, (index) => dropIndex(index, mode, findings));
  } else if (words.take("trigger") || words.take("policy") || words.take("rule")) dropOn(words, findings);
  else if (words.take("statistics")) findings.lockUnnamed("SHARE UPDATE EXCLUSIVE");
  else if (words.take("owned")) findings.lockUnnamed("ACCESS EXCLUSIVE");
  else if (words.take("schema") || /\bcascade\s*$/i.test(words.rest)) {
    if (/\bcascade\s*$/i.test(words.rest)) findings.lockUnnamed("ACCESS EXCLUSIVE");
  } else if (words.is("extension") || words.is("publication") || words.is("subscription")) findings.unsure("locks");
  return true;
}

/** Each of the names; CASCADE reaches what is not named. */
function named(words: Words, findings: Findings, take: (name: string) => void): void {
  words.take("if", "exists");
  for (const part of words.list()) {
    const next = new Words(part);
    const name = next.name();
    if (name !== undefined) take(keyOf(name));
    if (name === undefined) findings.unsure("locks");
    else if (next.take("cascade")) cascade(keyOf(name), findings);
  }
}

/** The views that are made of it go, too. */
function cascade(relation: string, findings: Findings): void {
  if (findings.known(relation) === undefined) findings.unsure("locks");
  for (const [name, { reads }] of Object.entries(findings.surroundings.tables ?? {})) {
    if (reads.includes(relation)) findings.lock(name, "ACCESS EXCLUSIVE");
  }
}

/** Triggers of foreign keys lie on both tables, and go from both. */
function dropTable(table: string, findings: Findings): void {
  for (const each of findings.withChildren(table)) {
    findings.lock(each, "ACCESS EXCLUSIVE");
    const known = findings.known(each);
    if (known === undefined) findings.unsure("locks");
    for (const { references } of Object.values(known?.constraints ?? {})) {
      if (references !== undefined) findings.lock(references, "ACCESS EXCLUSIVE");
    }
    for (const other of known?.referencedBy ?? []) findings.lock(other.table, "ACCESS EXCLUSIVE");
  }
}

function dropIndex(index: string, mode: LockMode, findings: Findings): void {
  const table = findings.tableOfIndex(index);
  if (table === undefined) return void findings.lockUnnamed(mode);
  for (const each of findings.known(table)?.kind === "partitioned" ? findings.withChildren(table) : [table]) {
    findings.lock(each, mode);
  }
}

function dropOn(words: Words, findings: Findings): void {
  words.take("if", "exists");
  words.name();
  words.take("on");
  const table = words.name();
  if (table === undefined) return void findings.unsure("locks");
  for (const each of findings.withChildren(keyOf(table))) findings.lock(each, "ACCESS EXCLUSIVE");
}
