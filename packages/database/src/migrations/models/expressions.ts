import type { Connection } from "../../connection/connection.ts";
import { quote } from "../../identifier.ts";
import type { CatalogColumn } from "../catalog/catalog.ts";
import { key } from "../catalog/key.ts";
import { Naming } from "../catalog/read/context.ts";
import { SETTINGS } from "../catalog/rows.ts";
import { bareDefault, bareExpression } from "../catalog/words.ts";
import { rolledBack } from "./rolled-back.ts";

/** What PostgreSQL is to put into its own words. `type` is SQL, with the collation that a column has. */
export type Question =
  /** A type alone. */
  | { readonly kind: "type"; readonly type: string }
  /** The default of a column of the type. */
  | { readonly kind: "default"; readonly type: string; readonly sql: string }
  /** A condition, a key of an index, or what a column of the type is computed from, over a row of these columns. */
  | { readonly kind: "condition" | "key"; readonly sql: string; readonly row: Row }
  | { readonly kind: "generated"; readonly type: string; readonly sql: string; readonly row: Row };

/** The types of columns by their names. */
export type Row = ReadonlyMap<string, string>;

/** A type as a catalog has it. */
export type TypeWords = Pick<CatalogColumn, "base" | "userType"> & { readonly type: string };

/** Answers to questions, by {@link questionId}. */
export interface Answers {
  readonly texts: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, TypeWords>;
}

export function questionId(question: Question): string {
  const { kind, type = "", sql = "", row = [] } = question as Partial<Extract<Question, { kind: "generated" }>>;
  return JSON.stringify([kind, type, sql, [...row]]);
}

/**
 * Has PostgreSQL write types and expressions as it keeps them, by temporary tables in a transaction that is rolled back: one
 * for all, as long as no two rows have a column of one name and different types; the next one comes when the one before is
 * gone. Rows of no table are looked at.
 *
 * @returns undefined: PostgreSQL does not take one of them, or lets nobody make a temporary table here.
 * @throws {ConnectionLost}
 */
export async function askPostgres(
  connection: Connection,
  defaultSchema: string,
  questions: readonly Question[],
  signal?: AbortSignal,
): Promise<Answers | undefined> {
  const [texts, types] = [new Map<string, string>(), new Map<string, TypeWords>()];
  if (questions.length === 0) return { texts, types };
  const ask = async (text: string): Promise<readonly (readonly unknown[])[]> =>
    (await connection.query(text, [], signal)).rows;
  const look = async (): Promise<Answers> => {
    for (const sheet of sheetsOf(questions)) {
      await ask("savepoint before_table");
      await ask(`create temporary table ${TABLE} (${sheet.lines().join(",\n")})`);
      await ask(SETTINGS);
      for (const [[kind, place, text, type, base, user, isHidden]] of (await ask(ANSWERS)) as Line[]) {
        const id = questionId(sheet.questions[place]!);
        if (kind === "type") types.set(id, typeWords(defaultSchema, type!, base!, user, isHidden!));
        else texts.set(id, kind === "default" ? bareDefault(text, base!) : bareText(kind, text));
      }
      await ask("rollback to savepoint before_table");
    }
    return { texts, types };
  };
  return rolledBack(connection, look, signal);
}

type Line = readonly [
  readonly [
    kind: Question["kind"],
    place: number,
    text: string,
    type?: string,
    base?: string,
    user?: readonly [schema: string, name: string] | null,
    isHidden?: boolean,
  ],
];

const TABLE = 'pg_temp."hypertroq words"';

/** What a key of an index becomes so that it can be a condition, in PostgreSQL's words. */
const IS_THERE = " IS NOT NULL";

function bareText(kind: Question["kind"], text: string): string {
  const bare = bareExpression(text);
  return kind === "key" ? bareExpression(bare.slice(0, -IS_THERE.length)) : bare;
}

function typeWords(
  defaultSchema: string,
  type: string,
  base: string,
  user: readonly [string, string] | null | undefined,
  isHidden: boolean,
): TypeWords {
  const hidden = { relation: [], type: isHidden ? [user![1]] : [], routine: [] };
  const words = { type: new Naming(defaultSchema, hidden).type(type), base };
  return user == null ? words : { ...words, userType: key("type", ...user) };
}

/** PostgreSQL's limit is 1600 columns. */
const MOST_COLUMNS = 1500;

/** A table to be made. Its own columns have names that no model gives. */
class Sheet {
  readonly questions: Question[] = [];
  readonly #columns = new Map<string, string>();

  takes(question: Question): boolean {
    const row: Row = "row" in question ? question.row : new Map();
    if (this.#columns.size + this.questions.length + row.size >= MOST_COLUMNS) return this.questions.length === 0;
    for (const [name, type] of row) if ((this.#columns.get(name) ?? type) !== type) return false;
    return true;
  }

  add(question: Question): void {
    this.questions.push(question);
    if ("row" in question) for (const [name, type] of question.row) this.#columns.set(name, type);
  }

  lines(): readonly string[] {
    return [
      ...[...this.#columns].map(([name, type]) => `${quote(name)} ${type}`),
      ...this.questions.map((question, place) => lineOf(question, quote(`hypertroq ${question.kind} ${place}`))),
    ];
  }
}

/** A comment at the end of an expression ends with its line. */
function lineOf(question: Question, name: string): string {
  switch (question.kind) {
    case "type":
      return `${name} ${question.type}`;
    case "default":
      return `${name} ${question.type} default (${question.sql}\n)`;
    case "generated":
      return `${name} ${question.type} generated always as (${question.sql}\n) stored`;
    case "condition":
      return `constraint ${name} check (${question.sql}\n)`;
    case "key":
      return `constraint ${name} check ((${question.sql}\n) is not null)`;
  }
}

function sheetsOf(questions: readonly Question[]): readonly Sheet[] {
  const sheets: Sheet[] = [];
  for (const question of questions) {
    let sheet = sheets.find((one) => one.takes(question));
    if (sheet === undefined) {
      sheet = new Sheet();
      sheets.push(sheet);
    }
    sheet.add(question);
  }
  return sheets;
}

const IS_OURS = (name: string): string => `${name} ~ '^hypertroq (type|default|generated|condition|key) [0-9]+$'`;

const ANSWERS = `
  select json_build_array(split_part(a.attname, ' ', 2), split_part(a.attname, ' ', 3)::integer,
    pg_get_expr(d.adbin, d.adrelid), format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, null),
    case when u.oid >= 16384 then json_build_array(n.nspname, u.typname) end,
    exists (select from pg_type own where own.typname = u.typname and own.typnamespace = 'pg_catalog'::regnamespace
      and u.oid >= 16384))
  from pg_attribute a join pg_type y on y.oid = a.atttypid
  join pg_type u on u.oid = case y.typcategory when 'A' then y.typelem else y.oid end
  join pg_namespace n on n.oid = u.typnamespace
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = '${TABLE}'::regclass and a.attnum > 0 and ${IS_OURS("a.attname")}
  union all
  select json_build_array(split_part(k.conname, ' ', 2), split_part(k.conname, ' ', 3)::integer,
    pg_get_expr(k.conbin, k.conrelid))
  from pg_constraint k where k.conrelid = '${TABLE}'::regclass and ${IS_OURS("k.conname")}`;
