import { DefinitionError } from "../../errors.ts";
import type { Recovery } from "./step.ts";
import { type Token, tokenize } from "./tokenize.ts";

/**
 * How a statement written by hand is mended when a run was killed in it, if PostgreSQL refuses it in a transaction;
 * undefined for all others. Those that could not be repeated (CREATE DATABASE) are not known here, and the server
 * refuses them.
 *
 * @throws {DefinitionError} on an index built concurrently that has no name, because it could not be found again.
 */
export function recoveryOf(sql: string): Recovery | undefined {
  const words = new Words(sql);
  if (words.take("create")) return createIndex(words);
  if (words.take("drop", "index", "concurrently")) return dropIndex(words);
  if (words.take("alter", "table")) return detachPartition(words);
  if (words.take("reindex")) return reindex(words);
  const repeats = words.take("vacuum") || words.take("alter", "system") || (words.take("cluster") && words.isAtEnd);
  return repeats ? { kind: "repeat" } : undefined;
}

function createIndex(words: Words): Recovery | undefined {
  const unique = words.take("unique") ? "unique " : "";
  if (!words.take("index", "concurrently")) return undefined;
  words.take("if", "not", "exists");
  const name = words.is("on") ? undefined : words.name();
  if (name === undefined || !words.take("on")) {
    throw new DefinitionError(
      "An index that is built concurrently needs a name, by which a broken one is found again.",
    );
  }
  const only = words.take("only") ? "only " : "";
  const table = words.name();
  if (table === undefined) return undefined;
  const rest = words.rest;
  return {
    kind: "createIndex",
    index: name.last,
    table: table.sql,
    text: (index, other) => `create ${unique}index ${index} on ${only}${other} ${rest}`,
  };
}

function dropIndex(words: Words): Recovery {
  words.take("if", "exists");
  return { kind: "dropIndex", text: `drop index concurrently if exists ${words.rest}` };
}

function detachPartition(words: Words): Recovery | undefined {
  words.take("if", "exists");
  words.take("only");
  const table = words.name();
  if (table === undefined || !words.take("detach", "partition")) return undefined;
  const partition = words.name();
  if (partition === undefined || !words.take("concurrently")) return undefined;
  const finalize = `alter table ${table.sql} detach partition ${partition.sql} finalize`;
  return { kind: "detachPartition", table: table.sql, partition: partition.sql, finalize };
}

function reindex(words: Words): Recovery | undefined {
  const options = words.parenthesised();
  const target = (["index", "table", "schema"] as const).find((word) => words.take(word));
  if (target === undefined) return { kind: "repeat" }; // a database, or the system's catalogs
  const concurrently = words.take("concurrently") || options.includes("concurrently");
  const name = words.name();
  if (name === undefined || (!concurrently && target !== "schema")) return undefined;
  return { kind: "reindex", target, name: name.sql };
}

/** Reads a statement word by word, without space and comments. */
class Words {
  readonly #sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string) {
    this.#sql = sql;
    this.#tokens = [...tokenize(sql)].filter(({ kind }) => kind !== "space" && kind !== "comment");
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** What has not been read, as it is written. */
  get rest(): string {
    const next = this.#tokens[this.#at];
    return next === undefined ? "" : this.#sql.slice(next.start);
  }

  is(word: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind !== "quoted" && this.#text(token).toLowerCase() === word;
  }

  /** Passes over these words if they come next. */
  take(...words: readonly string[]): boolean {
    if (!words.every((word, index) => this.is(word, index))) return false;
    this.#at += words.length;
    return true;
  }

  /** A name with or without its schema: as it is written, and its last part as the server keeps it. */
  name(): { readonly sql: string; readonly last: string } | undefined {
    const first = this.#tokens[this.#at];
    let last = "";
    do {
      const part = this.#tokens[this.#at];
      if (first === undefined || (part?.kind !== "word" && part?.kind !== "quoted")) return undefined;
      last = part.kind === "quoted" ? unquoted(this.#text(part)) : this.#text(part).toLowerCase();
      this.#at += 1;
    } while (this.take("."));
    return { sql: this.#sql.slice(first.start, this.#tokens[this.#at - 1]!.end), last };
  }

  /** The words in parentheses, if those come next. */
  parenthesised(): readonly string[] {
    const found: string[] = [];
    if (!this.take("(")) return found;
    while (!this.isAtEnd && !this.take(")")) {
      found.push(this.#text(this.#tokens[this.#at]).toLowerCase());
      this.#at += 1;
    }
    return found;
  }

  #text(token: Token | undefined): string {
    return token === undefined ? "" : this.#sql.slice(token.start, token.end);
  }
}

function unquoted(name: string): string {
  return name.slice(1, -1).replaceAll('""', '"');
}
