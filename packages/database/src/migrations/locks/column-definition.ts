import { tokenize } from "../operations/tokenize.ts";
import type { Words } from "../operations/words.ts";
import type { Surroundings } from "./surroundings.ts";

/** A column as ADD COLUMN or CREATE TABLE describe it. */
export interface ColumnText {
  readonly name: string;
  readonly type: string;
  readonly isNotNull: boolean;
  /** In SQL; NULL counts as none. */
  readonly default?: string;
  readonly isIdentity: boolean;
  readonly isStored: boolean;
  readonly check?: string;
  readonly isUnique: boolean;
  readonly isPrimary: boolean;
  /** The table that it refers to, as it is written. */
  readonly references?: readonly string[];
  /** The names that its constraints are given, by their kinds. */
  readonly names?: Readonly<Record<string, string>>;
}

const TRAITS = ["constraint", "not", "null", "default", "generated", "unique", "primary", "check", "references"];
const STOPS = [...TRAITS, "collate", "deferrable", "initially", "storage", "compression"];

const isTrait = (words: Words): boolean => STOPS.some((word) => words.is(word));

/** @param words at the name. Reads up to the end. Undefined: it is no column. */
export function columnText(words: Words): ColumnText | undefined {
  const name = words.name()?.last;
  const type = words.until(isTrait);
  if (name === undefined || type === "") return undefined;
  const found: { -readonly [Key in keyof ColumnText]?: ColumnText[Key] } = {};
  while (!words.isAtEnd) readTrait(words, found);
  return {
    isNotNull: false,
    isIdentity: false,
    isStored: false,
    isUnique: false,
    isPrimary: false,
    ...found,
    name,
    type,
  };
}

function readTrait(words: Words, found: { -readonly [Key in keyof ColumnText]?: ColumnText[Key] }): void {
  if (words.take("not", "null")) found.isNotNull = true;
  else if (words.take("default")) {
    const value = words.is("null") ? words.next() : defaultText(words);
    if (value !== "null") found.default = value;
  } else if (words.take("generated")) {
    while (!words.isAtEnd && !words.take("as")) words.next();
    if (words.take("identity")) found.isIdentity = found.isNotNull = true;
    else found.isStored = true;
    words.inParentheses();
  } else if (words.take("check")) found.check = words.inParentheses() ?? "";
  else if (words.take("primary", "key")) found.isPrimary = found.isNotNull = true;
  else if (words.take("unique")) found.isUnique = true;
  else if (words.take("references")) found.references = words.name()?.parts ?? [];
  else if (words.take("constraint")) {
    const name = words.name()?.last;
    if (name !== undefined)
      found.names = { ...found.names, [words.is("primary") ? "primary key" : nextWord(words)]: name };
  } else if (words.take("collate")) words.name();
  else words.next();
}

/** CASE is all that a default may have outside of parentheses in which a trait's words are something else. */
function defaultText(words: Words): string {
  let depth = 0;
  return words.until((next) => {
    if (next.is("case")) depth += 1;
    else if (next.is("end")) depth -= 1;
    return depth === 0 && isTrait(next);
  });
}

function nextWord(words: Words): string {
  const word = ["check", "unique", "references"].find((each) => words.is(each)) ?? "";
  return word === "references" ? "foreign key" : word;
}

/** Functions that give another value for each row, among those that defaults are made of. */
const VOLATILE = new Set([
  ..."random gen_random_uuid clock_timestamp timeofday nextval setval currval lastval random_normal".split(" "),
  ..."uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 gen_random_bytes gen_salt pg_sleep".split(" "),
]);

/** Such as give the same value for all rows of one statement. */
const STEADY = new Set([
  ..."now transaction_timestamp statement_timestamp current_setting current_database current_schema".split(" "),
  ..."lower upper initcap md5 length left right substr substring replace concat concat_ws format to_char".split(" "),
  ..."to_date to_timestamp to_number trim btrim ltrim rtrim date_trunc date_part extract make_date age".split(" "),
  ..."make_interval make_timestamp make_timestamptz timezone abs round floor ceil ceiling trunc mod power".split(" "),
  ..."jsonb_build_object jsonb_build_array json_build_object json_build_array to_json to_jsonb array_fill".split(" "),
  ..."string_to_array array_append array_cat encode decode sha256 sha512 int4range int8range numrange".split(" "),
  ..."tsrange tstzrange daterange to_tsvector hashtext coalesce nullif greatest least cast row in any all".split(" "),
  ..."overlay position array and or not is when then else case".split(" "),
]);

/** Whether an expression gives each row a value of its own; undefined: that depends on functions that are not known. */
export function isVolatile(expression: string, { volatile }: Surroundings): boolean | undefined {
  const tokens = [...tokenize(expression)].filter(({ kind }) => kind !== "space" && kind !== "comment");
  const texts = tokens.map(({ start, end }) => expression.slice(start, end).toLowerCase());
  let answer: boolean | undefined = false;
  for (const [index, text] of texts.entries()) {
    const { kind } = tokens[index]!;
    if ((kind !== "word" && kind !== "quoted") || texts[index + 1] !== "(") continue;
    if (isTypeAt(texts, index)) continue;
    const name = text.replaceAll('"', "");
    if (VOLATILE.has(name) || volatile?.has(name) === true) return true;
    if (volatile === undefined && !STEADY.has(name)) answer = undefined;
  }
  return answer;
}

/** `::varchar(20)`, `::character varying(20)`, `as numeric(10,2)`. */
function isTypeAt(texts: readonly string[], index: number): boolean {
  const before = texts.slice(Math.max(0, index - 4), index).join(" ");
  return /(?:: :|\bas)(?: \w+(?: \.)?)*$/.test(before);
}
