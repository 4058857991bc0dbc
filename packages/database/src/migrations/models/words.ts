import type { ColumnDefinition, TableDefinition as ModelTable } from "../../model/table-definition.ts";
import type { CatalogColumn, CatalogEnum, CatalogTable } from "../catalog/catalog.ts";
import { bareExpression, shortType } from "../catalog/words.ts";
import { quoteCollation } from "../operations/identifier.ts";
import { type Answers, type Question, questionId, type Row, type TypeWords } from "./expressions.ts";
import type { Tried } from "./trial.ts";

/** What models say cannot be compared with certainty here: it has to be made in a scratch database. */
export class Doubt extends Error {}

/**
 * The words of models in those of PostgreSQL. What the database has in the very same words is right as it is, and what it does
 * not have needs no other words; the rest are questions, to be put to PostgreSQL all at once.
 */
export class Words {
  readonly questions = new Map<string, Question>();
  /** Those that have something for which there is no question: they have to be made. */
  readonly tables = new Set<ModelTable>();
  readonly #answers: Answers | undefined;
  readonly #tried: Tried | undefined;
  readonly #enums: ReadonlyMap<string, CatalogEnum>;

  /** @param enums of the database, by their keys. */
  constructor(enums: ReadonlyMap<string, CatalogEnum>, answers?: Answers, tried?: Tried) {
    this.#enums = enums;
    this.#answers = answers;
    this.#tried = tried;
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

  /** A table as PostgreSQL keeps it, where that is known already. */
  tried(table: ModelTable): CatalogTable | undefined {
    this.tables.add(table);
    return this.#tried?.tables.get(table);
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
