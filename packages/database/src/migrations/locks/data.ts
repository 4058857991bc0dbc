import { tokenize } from "../operations/tokenize.ts";
import { Words } from "../operations/words.ts";
import { type Findings, keyOf } from "./findings.ts";
import { LOCK_MODES, type LockMode } from "./lock-mode.ts";
import { tableKey } from "./surroundings.ts";

/** SELECT, INSERT, UPDATE, DELETE, MERGE, COPY, TRUNCATE, LOCK; false: it is none. */
export function changeData(words: Words, findings: Findings): boolean {
  const sql = words.rest;
  if (words.take("truncate")) truncate(words, findings);
  else if (words.take("lock")) lockTable(words, findings);
  else if (words.take("insert", "into") || words.take("merge", "into")) change(words, sql, findings);
  else if (words.take("update") || words.take("delete", "from")) {
    words.take("only");
    change(words, sql, findings);
  } else if (words.take("copy")) {
    const table = words.name();
    if (table === undefined) findings.unsure("locks", "scans");
    else if (/^(?:\([^)]*\)\s*)?from\b/i.test(words.rest)) findings.lock(keyOf(table), "ROW EXCLUSIVE");
    else findings.lock(keyOf(table), "ACCESS SHARE");
  } else if (["select", "with", "values", "table"].some((word) => words.is(word))) {
    // A function may do anything, and WITH may change rows.
    const changes = /\b(?:insert|update|delete|merge)\b/i.test(sql);
    if (!changes) readTables(sql, findings);
    if (changes || /\w\s*\(/.test(sql)) findings.unsure("locks", "rewrites", "scans", "rebuilds");
    else findings.unsure("locks", "scans");
  } else return isHarmless(words);
  return true;
}

/** Rows of one table, by what may be read from others; how it finds them is the planner's. */
function change(words: Words, sql: string, findings: Findings): void {
  const table = words.name();
  if (table === undefined) return void findings.unsure("locks", "scans");
  for (const each of findings.withChildren(keyOf(table))) findings.lock(each, "ROW EXCLUSIVE");
  readTables(sql, findings);
  findings.unsure("locks", "scans"); // foreign keys, triggers
}

function truncate(words: Words, findings: Findings): void {
  words.take("table");
  for (const part of words.list()) {
    const next = new Words(part);
    const only = next.take("only");
    const name = next.name();
    if (name === undefined) {
      findings.unsure("locks", "rewrites");
      continue;
    }
    for (const each of only ? [keyOf(name)] : findings.withChildren(keyOf(name))) {
      findings.lock(each, "ACCESS EXCLUSIVE");
      findings.empty(each);
    }
    if (/\bcascade\b/i.test(next.rest)) findings.unsure("locks", "rewrites", "scans", "rebuilds");
    if (/\brestart\b/i.test(next.rest)) findings.unsure("locks"); // the sequences of its columns
  }
}

function lockTable(words: Words, findings: Findings): void {
  words.take("table");
  const names = words.until((next) => next.is("in") || next.is("nowait"));
  const said = /^in\s+([a-z\s]+?)\s+mode/i.exec(words.rest)?.[1]?.toUpperCase().replace(/\s+/g, " ");
  const mode = LOCK_MODES.find((each) => each === said) ?? "ACCESS EXCLUSIVE";
  for (const part of new Words(names).list()) {
    const next = new Words(part);
    const only = next.take("only");
    const name = next.name();
    if (name === undefined) continue;
    for (const each of only ? [keyOf(name)] : findings.withChildren(keyOf(name))) lockWithReads(each, mode, findings);
  }
}

/** Of a view its tables too. */
function lockWithReads(table: string, mode: LockMode, findings: Findings): void {
  findings.lock(table, mode);
  if (findings.known(table) === undefined) findings.unsure("locks");
  for (const each of findings.known(table)?.reads ?? []) findings.lock(each, mode);
}

/** Settings and the like, which touch no table. */
function isHarmless(words: Words): boolean {
  const known = ["set", "reset", "show", "savepoint", "release", "rollback", "notify", "listen", "unlisten", "discard"];
  return known.some((word) => words.is(word));
}

/**
 * Locks the tables that a query names behind FROM and JOIN, with ACCESS SHARE, and returns them. What WITH names is none of
 * them. Functions in a query, and what rules make of it, are not looked into.
 */
export function readTables(query: string, findings: Findings, itself?: string): readonly string[] {
  const tokens = [...tokenize(query)].filter(({ kind }) => kind !== "space" && kind !== "comment");
  const text = (index: number): string => {
    const token = tokens[index];
    return token === undefined ? "" : query.slice(token.start, token.end);
  };
  const word = (index: number): string => (tokens[index]?.kind === "quoted" ? text(index) : text(index).toLowerCase());
  const isName = (index: number): boolean => tokens[index]?.kind === "word" || tokens[index]?.kind === "quoted";
  const own = new Set(
    tokens.flatMap((_, index) => (word(index + 1) === "as" && word(index + 2) === "(" ? [word(index)] : [])),
  );
  const found: string[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const isFrom = word(index) === "from" && word(index - 1) !== "distinct";
    if (!isFrom && word(index) !== "join" && !(word(index) === "using" && word(index + 1) !== "(")) continue;
    let at = index + 1;
    do {
      if (word(at) === ",") at += 1;
      if (word(at) === "only" || word(at) === "lateral") at += 1;
      if (!isName(at)) break;
      const parts: string[] = [];
      do {
        if (word(at) === ".") at += 1;
        parts.push(tokens[at]?.kind === "quoted" ? text(at).slice(1, -1).replaceAll('""', '"') : word(at));
        at += 1;
      } while (word(at) === ".");
      if (word(at) === "(") break; // a function
      if (!own.has(parts.join(".")) && tableKey(parts) !== itself) found.push(tableKey(parts));
      if (word(at) === "as") at += 1;
      if (isName(at) && word(at + 1) === ",") at += 1;
    } while (word(at) === ",");
  }
  for (const table of found) findings.lock(table, "ACCESS SHARE");
  return found;
}
