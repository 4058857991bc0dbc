import { DefinitionError } from "../../errors.ts";
import { lineOf, type Token, tokenize } from "./tokenize.ts";

/** A statement as it stands in a longer text. */
export interface SplitStatement {
  /** Without the semicolon after it; comments before it belong to it. */
  readonly text: string;
  /** The line of the whole text in which it begins, from 1. */
  readonly line: number;
}

/** Statements that would end the runner's transaction, by their first words. */
const TRANSACTION_CONTROL =
  /^(?:begin|start transaction|commit|end|abort|rollback(?! (?:work |transaction )?to\b)|prepare transaction)\b/;

/** A routine whose body may be SQL between BEGIN ATOMIC and END, with semicolons in it. */
const ROUTINE = /^create (?:or replace )?(?:function|procedure)\b/;

/** As many first words as tell what a statement is. */
const HEAD = 4;

/**
 * Cuts SQL into its statements, as psql does: not at a semicolon in quotes, comments, parentheses or a routine's
 * BEGIN ATOMIC … END. Nothing is left out but the semicolons, and what has no statement in it.
 *
 * @throws {DefinitionError} with the line, on quotes, comments or parentheses that never end, on a command of psql
 *   (`\connect`), on COPY from standard input or to standard output, and on BEGIN, COMMIT and the like, because the runner's transaction is
 *   not theirs to end.
 */
export function splitStatements(sql: string): readonly SplitStatement[] {
  const statements: SplitStatement[] = [];
  let piece = new Piece(0);
  let line = 1;
  let counted = 0;
  const finish = (end: number, next: number): void => {
    const { isEmpty, from } = piece;
    if (!isEmpty) {
      piece.check(sql, end);
      line += lineOf(sql.slice(counted, from), from) - 1;
      counted = from;
      statements.push({ text: sql.slice(from, end).trim(), line });
    }
    piece = new Piece(next);
  };
  for (const token of tokenize(sql)) {
    if (piece.isEndedBy(token, sql)) finish(token.start, token.end);
    else piece.take(token, sql);
  }
  finish(sql.length, sql.length);
  return statements;
}

/** A statement while it is being read. */
class Piece {
  /** Where it begins, without space before it. */
  from: number;
  isEmpty = true;
  readonly #head: string[] = [];
  /** Indexes of parentheses that are open. */
  readonly #open: number[] = [];
  /** BEGIN ATOMIC, and CASE in it: what END ends. */
  #blocks = 0;
  #before = "";
  #readsInput = false;
  #writesOutput = false;

  constructor(from: number) {
    this.from = from;
  }

  isEndedBy(token: Token, sql: string): boolean {
    return token.kind === "symbol" && sql[token.start] === ";" && this.#open.length === 0 && this.#blocks === 0;
  }

  take({ kind, start, end }: Token, sql: string): void {
    if (kind === "space") {
      if (this.from === start) this.from = end;
      return;
    }
    if (kind === "comment") return;
    this.isEmpty = false;
    const word = kind === "word" || kind === "symbol" ? sql.slice(start, end).toLowerCase() : "";
    if (this.#head.length < HEAD) this.#head.push(word);
    if (word === "(") this.#open.push(start);
    else if (word === ")") this.#open.pop();
    else if (word === "\\") {
      throw new DefinitionError(
        `Line ${lineOf(sql, start)} of the SQL: a backslash begins a command of psql, which only psql knows. Take it out.`,
      );
    } else if (this.#open.length === 0) this.#nest(word);
    if (this.#head[0] === "copy") {
      this.#readsInput ||= word === "stdin" && this.#before === "from";
      this.#writesOutput ||= word === "stdout" && this.#before === "to";
    }
    this.#before = word;
  }

  /** @throws {DefinitionError} when it does not end, or is nothing for a revision. */
  check(sql: string, end: number): void {
    const [open] = this.#open;
    if (open !== undefined && end === sql.length) {
      throw new DefinitionError(`Line ${lineOf(sql, open)} of the SQL: a parenthesis is opened and never closed.`);
    }
    if (this.#blocks > 0) {
      throw new DefinitionError(`Line ${lineOf(sql, this.from)} of the SQL: BEGIN ATOMIC has no END.`);
    }
    if (TRANSACTION_CONTROL.test(this.#head.join(" "))) {
      throw new DefinitionError(
        `Line ${lineOf(sql, this.from)} of the SQL: a revision must not begin or end a transaction; the runner does, with the version row ` +
          "in it. Savepoints are allowed.",
      );
    }
    if (this.#writesOutput) {
      throw new DefinitionError(
        `Line ${lineOf(sql, this.from)} of the SQL: COPY TO STDOUT gives data that nobody would get. Take it out.`,
      );
    }
    if (this.#readsInput) {
      throw new DefinitionError(
        `Line ${lineOf(sql, this.from)} of the SQL: COPY FROM STDIN has data after it, which only psql reads. Write INSERT statements.`,
      );
    }
  }

  /** A label (`as end`) or a part of a name (`t.end`) ends nothing. */
  #nest(word: string): void {
    if (this.#before === "as" || this.#before === ".") return;
    if (this.#blocks > 0) {
      if (word === "case") this.#blocks++;
      else if (word === "end") this.#blocks--;
    } else if (word === "atomic" && this.#before === "begin" && ROUTINE.test(this.#head.join(" "))) {
      this.#blocks = 1;
    }
  }
}
