import { Words } from "../operations/words.ts";
import { alterTable } from "./alter-table.ts";
import { ownedBy } from "./create.ts";
import { type Findings, keyOf } from "./findings.ts";
import type { LockMode } from "./lock-mode.ts";

/** ALTER of all but tables, COMMENT, GRANT and REVOKE; false: it is none. */
export function alterOther(words: Words, findings: Findings): boolean {
  if (words.take("comment", "on")) comment(words, findings);
  else if (words.is("grant") || words.is("revoke"))
    return true; // rows of the catalog, and no lock on the table
  else if (words.is("reassign")) findings.unsure("locks");
  else if (words.is("security")) findings.unsure("locks");
  else if (words.take("alter")) alter(words, findings);
  else return false;
  return true;
}

function alter(words: Words, findings: Findings): void {
  if (words.take("view") || words.take("materialized", "view") || words.take("foreign", "table")) {
    alterTable(words, findings);
  } else if (words.take("sequence")) alterSequence(words, findings);
  else if (words.is("trigger") || words.is("policy") || words.is("rule")) {
    words.next();
    words.name();
    words.take("on");
    const table = words.name();
    if (table === undefined) findings.unsure("locks");
    else findings.lock(keyOf(table), "ACCESS EXCLUSIVE");
  } else if (words.take("domain")) alterDomain(words, findings);
  else if (words.take("index")) alterIndex(words, findings);
  else if (words.take("type")) {
    if (/^[^']*\battribute\b/i.test(words.rest)) findings.unsure("locks");
  } else if (words.is("extension") || words.is("publication") || words.is("subscription")) findings.unsure("locks");
}

function alterSequence(words: Words, findings: Findings): void {
  words.take("if", "exists");
  const name = words.name();
  if (name === undefined) return void findings.unsure("locks");
  const isTableLike = ["rename", "owner"].some((word) => words.is(word)) || (words.is("set") && !words.is("start", 1));
  findings.lock(keyOf(name), isTableLike ? "ACCESS EXCLUSIVE" : "SHARE ROW EXCLUSIVE");
  ownedBy(words, findings);
}

/** A check or NOT NULL is looked for in every table that has a column of it. */
function alterDomain(words: Words, findings: Findings): void {
  const name = words.name();
  const isAdded = words.is("add") && !/\bnot\s+valid\s*$/i.test(words.rest);
  const isSet = words.is("set") && words.is("not", 1);
  if (!isAdded && !isSet && !words.is("validate")) return;
  const { domains } = findings.surroundings;
  const known = name === undefined ? undefined : domains?.[keyOf(name)];
  if (known === undefined) {
    findings.lockUnnamed("SHARE");
    return void findings.unsure("scans");
  }
  for (const table of known.tables) {
    findings.lock(table, "SHARE");
    findings.scan(table);
  }
}

/** The table below goes on; its index does not where it moves. */
function alterIndex(words: Words, findings: Findings): void {
  if (words.take("all", "in")) return void findings.unsure("locks", "rebuilds");
  words.take("if", "exists");
  const name = words.name();
  if (name === undefined) return void findings.unsure("locks");
  if (words.take("set", "tablespace")) findings.unsure("rebuilds"); // unless it is there already
  if (!words.take("attach", "partition")) return;
  for (const index of [name, words.name()]) {
    const table = index === undefined ? undefined : findings.tableOfIndex(keyOf(index));
    if (table === undefined) findings.lockUnnamed("ACCESS SHARE");
    else findings.lock(table, "ACCESS SHARE");
  }
}

function comment(words: Words, findings: Findings): void {
  let mode: LockMode = "SHARE UPDATE EXCLUSIVE";
  const on = (name: ReturnType<Words["name"]>, parts = name?.parts): void => {
    if (name === undefined || parts === undefined) findings.unsure("locks");
    else findings.lock(keyOf({ ...name, parts }), mode);
  };
  if (words.take("column")) {
    const name = words.name();
    return void on(name, name?.parts.slice(0, -1));
  }
  if (["table", "view", "sequence"].some((word) => words.take(word))) return void on(words.name());
  if (words.take("materialized", "view") || words.take("foreign", "table")) return void on(words.name());
  if (["constraint", "trigger", "policy", "rule"].some((word) => words.take(word))) {
    words.name();
    words.take("on");
    mode = "ACCESS SHARE";
    if (!words.take("domain")) on(words.name());
  }
}

/** REFRESH, REINDEX, CLUSTER, VACUUM, ANALYZE; false: it is none. */
export function maintain(words: Words, findings: Findings): boolean {
  if (words.take("refresh", "materialized", "view")) refresh(words, findings);
  else if (words.take("reindex")) reindex(words, findings);
  else if (words.take("cluster")) cluster(words, findings);
  else if (words.is("vacuum") || words.is("analyze") || words.is("analyse")) vacuum(words, findings);
  else return false;
  return true;
}

function refresh(words: Words, findings: Findings): void {
  const concurrently = words.take("concurrently");
  const name = words.name();
  if (name === undefined) return void findings.unsure("locks");
  const view = keyOf(name);
  findings.lock(view, concurrently ? "EXCLUSIVE" : "ACCESS EXCLUSIVE");
  const known = findings.known(view);
  if (concurrently) findings.scan(view);
  else findings.rewrite(view);
  if (known === undefined) return void findings.unsure("locks", "scans");
  for (const table of known.reads) {
    findings.lock(table, "ACCESS SHARE");
    findings.scan(table);
  }
}

function reindex(words: Words, findings: Findings): void {
  const options = words.parenthesised();
  const target = words.next();
  const concurrently = words.take("concurrently") || options.includes("concurrently");
  const mode: LockMode = concurrently ? "SHARE UPDATE EXCLUSIVE" : "SHARE";
  const name = words.name();
  if (name === undefined || (target !== "index" && target !== "table")) {
    findings.lockUnnamed(mode);
    return void findings.unsure("scans", "rebuilds");
  }
  const table = target === "table" ? keyOf(name) : findings.tableOfIndex(keyOf(name));
  if (target === "index") findings.rebuild(keyOf(name));
  if (table === undefined) {
    findings.lockUnnamed(mode);
    return void findings.unsure("scans");
  }
  findings.lock(table, mode);
  const known = findings.known(table);
  if (known === undefined) findings.unsure("scans");
  else if (Object.keys(known.indexes).length > 0) findings.scan(table);
  if (target === "table") {
    if (known === undefined) findings.unsure("rebuilds");
    for (const index of Object.keys(known?.indexes ?? {})) findings.rebuild(index);
  }
}

function cluster(words: Words, findings: Findings): void {
  words.parenthesised();
  words.take("verbose");
  const name = words.name();
  if (name === undefined) {
    findings.lockUnnamed("ACCESS EXCLUSIVE");
    return void findings.unsure("rewrites", "scans", "rebuilds");
  }
  findings.lock(keyOf(name), "ACCESS EXCLUSIVE");
  findings.rewrite(keyOf(name));
}

function vacuum(words: Words, findings: Findings): void {
  const isVacuum = words.next() === "vacuum";
  const options = words.parenthesised();
  let isFull = options.includes("full");
  for (const word of ["full", "freeze", "verbose", "analyze"]) if (words.take(word)) isFull ||= word === "full";
  const mode: LockMode = isVacuum && isFull ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
  if (words.isAtEnd) {
    findings.lockUnnamed(mode);
    if (isFull) findings.unsure("rewrites");
    return void findings.unsure("scans");
  }
  for (const part of words.list()) {
    const name = new Words(part).name();
    if (name === undefined) continue;
    for (const table of findings.withChildren(keyOf(name))) {
      findings.lock(table, mode);
      if (isVacuum && isFull) findings.rewrite(table);
      else findings.unsure("scans");
    }
  }
}
