import { Words } from "../operations/words.ts";
import { alterColumn } from "./alter-column.ts";
import { columnText, isVolatile } from "./column-definition.ts";
import { addConstraint, dropConstraint, validateConstraint } from "./constraints.ts";
import { type Findings, keyOf } from "./findings.ts";
import { parameterLock } from "./parameters.ts";
import { provesBound } from "./partition-bound.ts";
import { isCheckedDomain } from "./type-rewrite.ts";

/** ALTER TABLE, from behind these words (src/backend/commands/tablecmds.c, AlterTableGetLockLevel). */
export function alterTable(words: Words, findings: Findings): void {
  if (words.take("all", "in")) return void findings.lockUnnamed("ACCESS EXCLUSIVE");
  words.take("if", "exists");
  const only = words.take("only");
  const name = words.name();
  if (name === undefined) return void findings.unsure("locks", "rewrites", "scans", "rebuilds");
  words.take("*");
  const table = keyOf(name);
  const below = only ? [table] : findings.withChildren(table);
  for (const text of words.list()) {
    const action = new Words(text);
    if (!partitions(action, table, findings)) alterOne(action, table, below, findings);
  }
}

/** What is about a partition, or a parent, which another table is. */
function partitions(action: Words, table: string, findings: Findings): boolean {
  const nameOf = (): string => {
    const name = action.name();
    return name === undefined ? "" : keyOf(name);
  };
  if (action.take("attach", "partition")) {
    const partition = nameOf();
    findings.lock(table, "SHARE UPDATE EXCLUSIVE");
    for (const each of findings.withChildren(partition)) findings.lock(each, "ACCESS EXCLUSIVE");
    attachScan(table, partition, action.rest, findings);
    const known = findings.known(table);
    if (known === undefined) findings.unsure("locks", "scans", "rebuilds");
    else {
      if (known.defaultPartition !== undefined) {
        findings.lock(known.defaultPartition, "ACCESS EXCLUSIVE");
        findings.scan(known.defaultPartition);
      }
      // Its keys and indexes are made for the partition too, unless that has them.
      if (Object.keys(known.indexes).length > 0) findings.unsure("scans");
      if (Object.values(known.constraints).some(({ kind }) => kind === "foreign key"))
        findings.unsure("locks", "scans");
      if (known.referencedBy.length > 0) findings.unsure("locks", "scans");
    }
    return true;
  }
  if (action.take("detach", "partition")) {
    const partition = nameOf();
    const isOpen = action.take("concurrently") || action.take("finalize");
    const mode = isOpen ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
    findings.lock(table, mode);
    // At its end the concurrent form has the partition for itself, when nobody uses it through the table any more.
    for (const each of findings.withChildren(partition)) findings.lock(each, "ACCESS EXCLUSIVE");
    const known = findings.known(table);
    if (known === undefined) findings.unsure("locks");
    else {
      if (known.defaultPartition !== undefined) findings.lock(known.defaultPartition, "ACCESS EXCLUSIVE");
      if (Object.values(known.constraints).some(({ kind }) => kind === "foreign key")) findings.unsure("locks");
      if (known.referencedBy.length > 0) findings.unsure("locks", "scans");
    }
    return true;
  }
  const leaves = action.take("no", "inherit");
  if (!leaves && !action.take("inherit")) return false;
  findings.lock(table, "ACCESS EXCLUSIVE");
  findings.lock(nameOf(), leaves ? "ACCESS SHARE" : "SHARE UPDATE EXCLUSIVE");
  return true;
}

/** A valid check that says what the bound says spares the scan. Whether it does is PostgreSQL's to prove. */
function attachScan(table: string, partition: string, bound: string, findings: Findings): void {
  const known = findings.known(partition);
  const proven = known === undefined ? undefined : provesBound(known, bound, findings.known(table)?.partitionKey);
  if (proven === true) return;
  if (known === undefined || proven === undefined) findings.unsure("scans");
  else
    for (const each of findings.withChildren(partition))
      if (findings.known(each)?.kind !== "partitioned") findings.scan(each);
}

function alterOne(action: Words, table: string, below: readonly string[], findings: Findings): void {
  const lock = (mode: Parameters<Findings["lock"]>[1], on: readonly string[] = [table]): void => {
    for (const each of on) findings.lock(each, mode);
  };
  if (action.take("add")) {
    if (addConstraint(action, table, below, findings)) return;
    action.take("column");
    action.take("if", "not", "exists");
    lock("ACCESS EXCLUSIVE", below);
    return void addColumn(action, below, findings);
  }
  if (action.take("validate", "constraint")) return void validateConstraint(action, table, below, findings);
  if (action.take("drop", "constraint")) return void dropConstraint(action, table, below, findings);
  if (action.take("drop")) return void dropColumn(action, table, below, findings);
  if (action.take("alter", "constraint")) return void lock("ACCESS EXCLUSIVE");
  if (action.take("alter")) return void alterColumn(action, table, below, findings);
  if (action.take("rename")) {
    lock("ACCESS EXCLUSIVE", action.is("to") || action.is("constraint") ? [table] : below);
    if (action.is("constraint") && findings.known(table)?.children.length !== 0) findings.unsure("locks");
    return;
  }
  if (action.take("set", "(") || action.take("reset", "(")) return void lock(parameterLock(action.rest));
  if (action.take("set", "without", "cluster") || action.take("cluster", "on"))
    return void lock("SHARE UPDATE EXCLUSIVE");
  if (action.take("enable") || action.take("disable")) {
    action.take("replica");
    action.take("always");
    if (action.is("trigger")) return void lock("SHARE ROW EXCLUSIVE", below);
    return void lock("ACCESS EXCLUSIVE");
  }
  lock("ACCESS EXCLUSIVE");
  const words = action.rest.toLowerCase();
  if (/^set\s+(?:un)?logged/.test(words)) return void findings.rewrite(table);
  // Unless it is there already.
  if (/^set\s+(?:tablespace|access\s+method)/.test(words)) return void findings.unsure("rewrites", "scans", "rebuilds");
  if (/^of\b/.test(words)) findings.unsure("locks");
}

function addColumn(words: Words, tables: readonly string[], findings: Findings): void {
  const column = columnText(words);
  const { surroundings } = findings;
  if (column === undefined) return void findings.unsure("locks", "rewrites", "scans", "rebuilds");
  const { type, isNotNull, isIdentity, isStored, check, isUnique, isPrimary, references } = column;
  const isSerial = /^(?:small|big)?serial[248]?$/i.test(type);
  const volatile = column.default === undefined ? false : isVolatile(column.default, surroundings);
  const checked = isCheckedDomain(type, surroundings);
  const rewrites = isSerial || isIdentity || isStored || volatile === true || checked === true;
  const mayRewrite = volatile === undefined || checked === undefined;
  for (const table of tables) {
    if (rewrites) findings.rewrite(table);
    else if (mayRewrite) findings.unsure("rewrites", "scans", "rebuilds");
    const reads = check !== undefined || isUnique || isPrimary || (isNotNull && column.default === undefined);
    if (reads && findings.known(table)?.kind !== "partitioned") findings.scan(table);
  }
  if (references === undefined) return;
  const other = references.length > 1 && references[0] === "public" ? references[1]! : references.join(".");
  findings.lock(other, "SHARE ROW EXCLUSIVE");
  if (column.default !== undefined || rewrites) {
    for (const table of [...tables, other]) findings.scan(table);
  }
}

function dropColumn(action: Words, table: string, below: readonly string[], findings: Findings): void {
  action.take("column");
  action.take("if", "exists");
  const column = action.name()?.last;
  for (const each of below) findings.lock(each, "ACCESS EXCLUSIVE");
  if (action.take("cascade")) findings.unsure("locks");
  const known = findings.known(table);
  if (known === undefined || column === undefined) return void findings.unsure("locks");
  // Foreign keys go with it, and with them triggers of the tables that they refer to.
  for (const { columns, references } of Object.values(known.constraints)) {
    if (references !== undefined && columns.includes(column)) findings.lock(references, "ACCESS EXCLUSIVE");
  }
}
