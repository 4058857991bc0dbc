import { Words } from "../operations/words.ts";
import { type ColumnText, columnText } from "./column-definition.ts";
import { tableKey } from "./surroundings.ts";

/** What one statement says, as far as it is about tables, indexes and types. Names are as `tableKey` writes them. */
export interface Statement {
  /** Its first words: `create index`, `alter table`, `refresh materialized view`. */
  readonly verb: string;
  /** What it is about: the table, the view, the type; of an index the index. */
  readonly name: string;
  /** The table that an index or a trigger is on. */
  readonly table?: string | undefined;
  /** All names, where DROP and TRUNCATE have several. */
  readonly names: readonly string[];
  readonly isUnique: boolean;
  readonly isConcurrent: boolean;
  readonly isCascade: boolean;
  /** CREATE TABLE: columns and constraints; ALTER TABLE: what it does. */
  readonly actions: readonly Action[];
  /** Columns of an index, as far as they are plain columns. */
  readonly keys: readonly string[];
  /** Of an index: it has neither expressions nor a predicate. */
  readonly isPlain: boolean;
  /** What was not taken apart. */
  readonly rest: string;
}

export type Action =
  | { readonly kind: "add column"; readonly column: ColumnText }
  | ConstraintText
  | { readonly kind: "alter type"; readonly name: string; readonly type: string; readonly using: string | undefined }
  | {
      readonly kind: "validate constraint" | "drop constraint" | "drop column" | "disable trigger";
      readonly name: string;
    }
  | { readonly kind: "set not null" | "drop not null"; readonly name: string }
  | { readonly kind: "rename column" | "rename constraint"; readonly name: string; readonly to: string }
  | { readonly kind: "rename"; readonly to: string }
  | { readonly kind: "set schema" | "set tablespace"; readonly to: string }
  | { readonly kind: "attach partition" | "detach partition"; readonly name: string; readonly rest: string }
  | { readonly kind: "other"; readonly text: string };

export interface ConstraintText {
  readonly kind: "add constraint";
  readonly type: "check" | "foreign key" | "unique" | "primary key" | "exclude";
  readonly name: string | undefined;
  readonly columns: readonly string[];
  /** Of a check. */
  readonly expression: string;
  readonly references: string | undefined;
  readonly isNotValid: boolean;
  readonly usingIndex: string | undefined;
}

const NOTHING = {
  names: [],
  isUnique: false,
  isConcurrent: false,
  isCascade: false,
  actions: [],
  keys: [],
  isPlain: true,
  rest: "",
};

/** Reads a statement. What it does not know has its first two words as its verb. */
export function readStatement(sql: string): Statement {
  const words = new Words(sql);
  if (words.take("create")) return readCreate(words);
  if (words.take("alter", "table")) return readAlter(words);
  if (words.take("drop")) return readDrop(words);
  if (words.take("alter", "type")) return { ...NOTHING, verb: "alter type", name: keyOf(words), rest: words.rest };
  if (words.take("alter", "domain")) return { ...NOTHING, verb: "alter domain", name: keyOf(words), rest: words.rest };
  if (words.take("alter", "index")) return { ...NOTHING, verb: "alter index", name: keyOf(words), rest: words.rest };
  if (words.take("refresh", "materialized", "view")) {
    const isConcurrent = words.take("concurrently");
    return { ...NOTHING, verb: "refresh materialized view", isConcurrent, name: keyOf(words), rest: words.rest };
  }
  if (words.take("reindex")) {
    const options = words.parenthesised();
    const target = words.next();
    const isConcurrent = words.take("concurrently") || options.includes("concurrently");
    return { ...NOTHING, verb: `reindex ${target}`, isConcurrent, name: keyOf(words) };
  }
  if (words.take("vacuum")) {
    const isFull = words.parenthesised().includes("full") || words.take("full");
    while (["full", "freeze", "verbose", "analyze"].some((word) => words.take(word)));
    return { ...NOTHING, verb: isFull ? "vacuum full" : "vacuum", name: keyOf(words) };
  }
  if (words.take("cluster")) {
    words.parenthesised();
    words.take("verbose");
    return { ...NOTHING, verb: "cluster", name: keyOf(words) };
  }
  if (words.take("truncate")) {
    words.take("table");
    const isCascade = /\bcascade\s*$/i.test(words.rest);
    return { ...NOTHING, verb: "truncate", ...several(words), isCascade };
  }
  for (const verb of [["update"], ["delete", "from"], ["insert", "into"], ["merge", "into"]]) {
    if (!words.take(...verb)) continue;
    words.take("only");
    return { ...NOTHING, verb: verb[0]!, name: keyOf(words), rest: words.rest };
  }
  return { ...NOTHING, verb: `${words.next()} ${words.next()}`.trim(), name: keyOf(words), rest: words.rest };
}

function keyOf(words: Words): string {
  const name = words.name();
  return name === undefined ? "" : tableKey(name.parts);
}

function several(words: Words): { readonly name: string; readonly names: readonly string[] } {
  const names = words.list().map((part) => {
    const next = new Words(part);
    next.take("only");
    return keyOf(next);
  });
  return { name: names[0] ?? "", names };
}

const QUALITIES = ["temporary", "temp", "unlogged", "global", "local", "recursive", "constraint"];

function readCreate(words: Words): Statement {
  const isReplaced = words.take("or", "replace");
  while (QUALITIES.some((word) => words.take(word)));
  const isUnique = words.take("unique");
  if (words.take("index")) {
    const isConcurrent = words.take("concurrently");
    words.take("if", "not", "exists");
    const name = words.is("on") ? "" : keyOf(words);
    words.take("on");
    words.take("only");
    const table = keyOf(words);
    if (words.take("using")) words.name();
    const inside = words.inParentheses() ?? "";
    const keys = columnsOf(inside);
    const isPlain = new Words(inside).list().length === keys.length && !/\bwhere\b/i.test(words.rest);
    const rest = `${inside} ${words.rest}`;
    return { ...NOTHING, verb: "create index", isUnique, isConcurrent, name, table, keys, isPlain, rest };
  }
  if (words.take("table")) {
    words.take("if", "not", "exists");
    const name = keyOf(words);
    const body = words.is("as") ? undefined : words.inParentheses();
    const actions = body === undefined ? [] : new Words(body).list().map((part) => readAdded(new Words(part)));
    return { ...NOTHING, verb: "create table", name, actions, rest: words.rest };
  }
  let what = words.next();
  if (what === "materialized") what += ` ${words.next()}`;
  words.take("if", "not", "exists");
  const name = keyOf(words);
  return { ...NOTHING, verb: `create ${isReplaced ? "or replace " : ""}${what}`, name, rest: words.rest };
}

function readDrop(words: Words): Statement {
  let what = words.next();
  if (what === "materialized") what += ` ${words.next()}`;
  const isConcurrent = words.take("concurrently");
  words.take("if", "exists");
  const isCascade = /\bcascade\s*$/i.test(words.rest);
  return { ...NOTHING, verb: `drop ${what}`, isConcurrent, isCascade, ...several(words) };
}

function readAlter(words: Words): Statement {
  words.take("if", "exists");
  words.take("only");
  const name = keyOf(words);
  words.take("*");
  const actions = words.list().map((text) => readAction(new Words(text), text));
  return { ...NOTHING, verb: "alter table", name, actions };
}

function readAction(words: Words, text: string): Action {
  if (words.take("add")) return readAdded(words);
  if (words.take("validate", "constraint")) return { kind: "validate constraint", name: last(words) };
  if (words.take("drop", "constraint")) {
    words.take("if", "exists");
    return { kind: "drop constraint", name: last(words) };
  }
  if (words.take("drop")) {
    words.take("column");
    words.take("if", "exists");
    return { kind: "drop column", name: last(words) };
  }
  if (words.take("rename", "to")) return { kind: "rename", to: last(words) };
  if (words.take("rename")) {
    const kind = words.take("constraint") ? "rename constraint" : "rename column";
    words.take("column");
    const name = last(words);
    words.take("to");
    return { kind, name, to: last(words) };
  }
  if (words.take("set", "schema")) return { kind: "set schema", to: last(words) };
  if (words.take("set", "tablespace")) return { kind: "set tablespace", to: last(words) };
  if (words.take("disable", "trigger")) return { kind: "disable trigger", name: last(words) };
  if (words.take("attach", "partition")) return { kind: "attach partition", name: keyOf(words), rest: words.rest };
  if (words.take("detach", "partition")) return { kind: "detach partition", name: keyOf(words), rest: words.rest };
  if (words.take("alter")) {
    words.take("column");
    const name = last(words);
    if (words.take("set", "not", "null")) return { kind: "set not null", name };
    if (words.take("drop", "not", "null")) return { kind: "drop not null", name };
    if (words.take("set", "data", "type") || words.take("type")) {
      const type = words.until((next) => next.is("using") || next.is("collate"));
      if (words.take("collate")) words.name();
      return { kind: "alter type", name, type, using: words.take("using") ? words.rest : undefined };
    }
  }
  return { kind: "other", text };
}

function last(words: Words): string {
  return words.name()?.last ?? "";
}

/** A constraint, or a column. */
function readAdded(words: Words): Action {
  const name = words.take("constraint") ? last(words) : undefined;
  const type = (["check", "unique", "exclude"] as const).find((word) => words.take(word));
  const long = (["primary", "foreign"] as const).find((word) => words.is(word) && words.is("key", 1));
  if (type === undefined && long === undefined) {
    words.take("column");
    words.take("if", "not", "exists");
    const text = words.rest;
    const column = columnText(words);
    return column === undefined ? { kind: "other", text } : { kind: "add column", column };
  }
  if (long !== undefined) words.take(long, "key");
  if (type === "unique" && words.take("nulls")) while (!words.isAtEnd && !words.is("(")) words.next();
  if (type === "exclude" && words.take("using")) words.name();
  const inside = words.inParentheses() ?? "";
  const kind = type ?? (`${long as "primary" | "foreign"} key` as const);
  const references = words.take("references") ? keyOf(words) : undefined;
  return {
    kind: "add constraint",
    type: kind,
    name,
    columns: kind === "check" ? [] : columnsOf(inside),
    expression: kind === "check" ? inside : "",
    references,
    isNotValid: /\bnot\s+valid\s*$/i.test(words.rest),
    usingIndex: words.take("using", "index") ? last(words) : undefined,
  };
}

/** The plain columns of a list. */
function columnsOf(list: string): readonly string[] {
  return new Words(list).list().flatMap((part) => {
    const words = new Words(part);
    const name = words.name();
    return name === undefined || words.is("(") || words.is(":") ? [] : name.last;
  });
}
