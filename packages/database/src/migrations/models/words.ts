import type { ColumnDefinition } from "../../model/table-definition.ts";
import type { CatalogColumn, CatalogEnum } from "../catalog/catalog.ts";
import { bareExpression, shortType } from "../catalog/words.ts";
import { quoteCollation } from "../operations/identifier.ts";
import { type Answers, type Question, questionId, type Row, type TypeWords } from "./expressions.ts";

/** What models say cannot be compared with certainty here: it has to be made in a scratch database. */
export class Doubt extends Error {}

/**
 * The words of models in those of PostgreSQL. What the database has in the very same words is right as it is, and what it does
 * not have needs no other words; the rest are questions, to be put to PostgreSQL all at once.
 */
export class Words {
  readonly questions = new Map<string, Question>();
  readonly #answers: Answers | undefined;
  readonly #enums: ReadonlyMap<string, CatalogEnum>;

  /** @param enums of the database, by their keys. */
  constructor(enums: ReadonlyMap<string, CatalogEnum>, answers?: Answers) {
    this.#enums = enums;
    this.#answers = answers;
  }

  /** @param own the words for the type where PostgreSQL does not know it. @param userType of an enum, its key. */
  type(type: string, own: string, userType: string | undefined, was: CatalogColumn | undefined): TypeWords {
    const short = userType === undefined ? shortType(own) : own;
    if (was !== undefined && was.definition.type === short && was.userType === userType) {
      return { type: short, base: was.base, ...(userType === undefined ? {} : { userType }) };
    }
    const known = userType === undefined || this.#enums.has(userType);
    const asked = was === undefined || !known ? undefined : this.#ask({ kind: "type", type }, "types");
    return asked ?? { type: short, base: short, ...(userType === undefined ? {} : { userType }) };
  }

  default(sql: string, column: ColumnDefinition, isKnown: boolean, was: string | undefined): string {
    if (was === undefined || was === sql || !isKnown) return sql;
    return this.#ask({ kind: "default", type: declared(column), sql }, "texts") ?? sql;
  }

  generated(sql: string, column: ColumnDefinition, row: RowOf, was: string | undefined): string {
    if (was === undefined || was === bareExpression(sql)) return bareExpression(sql);
    return this.#ask({ kind: "generated", type: declared(column), sql, row: row() }, "texts") ?? sql;
  }

  /** A condition, or the key of an index. */
  expression(kind: "condition" | "key", sql: string, row: RowOf, was: string | undefined): string {
    if (was === undefined || was === bareExpression(sql)) return bareExpression(sql);
    return this.#ask({ kind, sql, row: row() }, "texts") ?? sql;
  }

  /** @throws {Doubt} unless there are questions whose answers may end it. */
  doubt(): void {
    if (this.questions.size === 0) throw new Doubt();
  }

  #ask<Kind extends keyof Answers>(
    question: Question,
    kind: Kind,
  ): (Answers[Kind] extends ReadonlyMap<string, infer Answer> ? Answer : never) | undefined {
    const id = questionId(question);
    const answer = this.#answers?.[kind].get(id);
    if (answer === undefined) this.questions.set(id, question);
    return answer as never;
  }
}

export type RowOf = () => Row;

/** A column's type and its collation, as SQL. */
export function declared({ type, collation }: Pick<ColumnDefinition, "type" | "collation">): string {
  return collation === undefined ? type : `${type} collate ${quoteCollation(collation)}`;
}
