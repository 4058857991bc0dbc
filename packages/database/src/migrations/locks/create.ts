import { Words } from "../operations/words.ts";
import { columnText } from "./column-definition.ts";
import { readTables } from "./data.ts";
import { type Findings, keyOf } from "./findings.ts";

/** CREATE of anything; false: it is none. */
export function create(words: Words, findings: Findings): boolean {
  if (!words.take("create")) return false;
  const isReplaced = words.take("or", "replace");
  while (
    ["global", "local", "temporary", "temp", "unlogged", "trusted", "procedural", "constraint", "recursive"].some(
      (word) => words.take(word),
    )
  );
  if (words.take("table")) createTable(words, findings);
  else if (words.is("index") || (words.is("unique") && words.is("index", 1))) createIndex(words, findings);
  else if (words.take("view")) createView(words, isReplaced, findings);
  else if (words.take("materialized", "view")) createMaterialized(words, findings);
  else if (words.take("trigger")) lockOn(words, "SHARE ROW EXCLUSIVE", findings);
  else if (words.take("policy")) {
    lockOn(words, "ACCESS EXCLUSIVE", findings);
    if (/\bselect\b/i.test(words.rest)) readTables(words.rest, findings);
  } else if (words.take("rule")) createRule(words, findings);
  else if (words.take("statistics")) {
    words.until((next) => next.is("from"));
    words.take("from");
    const table = words.name();
    if (table !== undefined) findings.lock(keyOf(table), "SHARE UPDATE EXCLUSIVE");
  } else if (words.take("extension")) findings.unsure("locks", "rewrites", "scans", "rebuilds");
  else if (words.take("sequence")) ownedBy(words, findings);
  else if (words.take("schema")) {
    if (/\bcreate\b/i.test(words.rest)) findings.unsure("locks");
  } else if (words.is("publication") || words.is("subscription")) findings.unsure("locks");
  else if (words.is("function") || words.is("procedure")) {
    if (/\b(?:atomic|return)\b/i.test(words.rest)) findings.unsure("locks"); // a body that is read at once
  }
  return true;
}

/** The table behind the next ON. */
function lockOn(words: Words, mode: "SHARE ROW EXCLUSIVE" | "ACCESS EXCLUSIVE", findings: Findings): void {
  words.until((next) => next.is("on"));
  words.take("on");
  const table = words.name();
  if (table === undefined) return void findings.unsure("locks");
  findings.lock(keyOf(table), mode);
  if (mode !== "SHARE ROW EXCLUSIVE") return;
  if (words.take("from")) {
    const other = words.name();
    if (other !== undefined) findings.lock(keyOf(other), "ACCESS SHARE");
  }
  // A trigger for each row is made for the partitions too.
  if (/\bfor\s+(?:each\s+)?row\b/i.test(words.rest) && findings.known(keyOf(table))?.kind === "partitioned") {
    for (const each of findings.withChildren(keyOf(table))) findings.lock(each, mode);
  }
}

function createRule(words: Words, findings: Findings): void {
  words.until((next) => next.is("to"));
  words.take("to");
  const table = words.name();
  if (table === undefined) return void findings.unsure("locks");
  findings.lock(keyOf(table), "ACCESS EXCLUSIVE");
  if (!/\bdo\s+(?:also\s+|instead\s+)?nothing\s*$/i.test(words.rest)) findings.unsure("locks");
}

function createIndex(words: Words, findings: Findings): void {
  words.take("unique");
  words.take("index");
  const concurrently = words.take("concurrently");
  words.take("if", "not", "exists");
  if (!words.is("on")) words.name();
  words.take("on");
  const only = words.take("only");
  const name = words.name();
  if (name === undefined) return void findings.unsure("locks", "scans");
  const table = keyOf(name);
  for (const each of only ? [table] : partitionsOf(table, findings)) {
    findings.lock(each, concurrently ? "SHARE UPDATE EXCLUSIVE" : "SHARE");
    const known = findings.known(each);
    if (known === undefined && only) findings.unsure("scans");
    else if (known?.kind !== "partitioned") findings.scan(each);
  }
}

/** A table that only inherits has indexes of its own. */
function partitionsOf(table: string, findings: Findings): readonly string[] {
  return findings.known(table)?.kind === "partitioned" ? findings.withChildren(table) : [table];
}

function createView(words: Words, isReplaced: boolean, findings: Findings): void {
  const view = words.name();
  const itself = view === undefined ? undefined : keyOf(view);
  if (isReplaced && view !== undefined) {
    if (findings.known(keyOf(view)) !== undefined) findings.lock(keyOf(view), "ACCESS EXCLUSIVE");
    else if (findings.surroundings.tables === undefined) findings.lockUnnamed("ACCESS EXCLUSIVE");
  }
  words.until((next) => next.is("as"));
  words.take("as");
  readTables(words.rest, findings, itself);
}

function createMaterialized(words: Words, findings: Findings): void {
  words.take("if", "not", "exists");
  words.name();
  words.until((next) => next.is("as"));
  words.take("as");
  runs(words.rest, findings);
}

/** A query that is run, and not only looked at. */
function runs(query: string, findings: Findings): void {
  const isRun = !/\bwith\s+no\s+data\s*$/i.test(query);
  for (const table of readTables(query, findings)) {
    const known = findings.known(table);
    const below = isRun ? (known?.reads ?? []) : [];
    for (const each of below) findings.lock(each, "ACCESS SHARE");
    if (!isRun) continue;
    if (known === undefined) findings.unsure("locks", "scans");
    if (known?.kind === "table" || known?.kind === "materialized view") findings.scan(table);
    else findings.unsure("scans");
    if (known?.kind === "partitioned") findings.unsure("locks");
  }
}

function createTable(words: Words, findings: Findings): void {
  const isOptional = words.take("if", "not", "exists");
  const name = words.name();
  if (name === undefined) return void findings.unsure("locks");
  if (isOptional && findings.known(keyOf(name)) !== undefined) return;
  if (words.take("partition", "of")) {
    const parent = words.name();
    if (parent === undefined) return void findings.unsure("locks");
    return void createPartition(keyOf(parent), findings);
  }
  if (words.is("of")) return;
  const body = words.inParentheses();
  if (body !== undefined && !words.is("as")) for (const part of new Words(body).list()) tablePart(part, findings);
  if (words.take("inherits")) {
    for (const parent of new Words(words.inParentheses() ?? "").list()) {
      const written = new Words(parent).name();
      if (written !== undefined) findings.lock(keyOf(written), "SHARE UPDATE EXCLUSIVE");
    }
  }
  words.until((next) => next.is("as"));
  if (words.take("as")) runs(words.rest, findings);
}

function createPartition(parent: string, findings: Findings): void {
  findings.lock(parent, "ACCESS EXCLUSIVE");
  const known = findings.known(parent);
  if (known === undefined) return void findings.unsure("locks", "scans");
  if (known.defaultPartition !== undefined) {
    findings.lock(known.defaultPartition, "ACCESS EXCLUSIVE");
    findings.scan(known.defaultPartition);
  }
  for (const { references } of Object.values(known.constraints)) {
    if (references !== undefined) findings.lock(references, "SHARE ROW EXCLUSIVE");
  }
  if (known.referencedBy.length > 0) findings.unsure("locks");
}

/** A column, a constraint or LIKE. */
function tablePart(text: string, findings: Findings): void {
  const words = new Words(text);
  if (words.take("like")) {
    const other = words.name();
    if (other !== undefined) findings.lock(keyOf(other), "ACCESS SHARE");
    return;
  }
  if (words.take("constraint")) words.name();
  if (["check", "unique", "exclude"].some((word) => words.is(word)) || (words.is("primary") && words.is("key", 1)))
    return;
  if (words.take("foreign", "key")) {
    words.inParentheses();
    words.take("references");
    const other = words.name();
    if (other === undefined) return void findings.unsure("locks");
    return void refer(keyOf(other), findings);
  }
  const references = columnText(words)?.references;
  if (references !== undefined) refer(keyOf({ parts: references, sql: "", last: "" }), findings);
}

function refer(table: string, findings: Findings): void {
  for (const each of findings.withChildren(table)) findings.lock(each, "SHARE ROW EXCLUSIVE");
}

/** A sequence that becomes a column's. */
export function ownedBy(words: Words, findings: Findings): void {
  words.until((next) => next.is("owned"));
  if (!words.take("owned", "by") || words.is("none")) return;
  const column = words.name();
  if (column !== undefined) findings.lock(keyOf({ ...column, parts: column.parts.slice(0, -1) }), "ACCESS SHARE");
}
