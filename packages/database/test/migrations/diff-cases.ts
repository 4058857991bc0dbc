import { readFileSync } from "node:fs";
import { vectorFile } from "./graph-cases.ts";

/** One case of diff-cases.json: two databases as SQL, and what is known of the way between them. */
export interface DiffCase {
  readonly name: string;
  readonly from_sql: string;
  readonly to_sql: string;
  readonly tags: readonly string[];
  readonly catalog_equal: boolean;
  readonly equal_ignoring_column_order: boolean;
  /** Create these first. */
  readonly roles?: readonly string[];
  /** `public.users.name->public.users.full_name`. */
  readonly rename_hints?: readonly string[];
  readonly column_order_unreachable?: boolean;
  /** Has to go through after the upgrade: the rows are as they should be. */
  readonly after_up?: string;
  /** The same after the downgrade. */
  readonly after_down?: string;
  /** PostgreSQL reads conditions of its own text as fewer, with other parentheses. */
  readonly nested?: boolean;
  /** It cannot be done, and this is in the sentence that says so. */
  readonly refused?: RegExp;
}

const OWN: readonly DiffCase[] = [
  {
    name: "a table comes, another changes",
    from_sql: "create table users (id integer primary key, name varchar(20) not null)",
    to_sql: `create table users (id integer primary key, name text);
      create table orders (id integer primary key, user_id integer not null references users (id) on delete cascade);
      create index ix_orders_user_id on orders (user_id)`,
    tags: ["index", "fk"],
    catalog_equal: false,
    equal_ignoring_column_order: false,
  },
  {
    name: "a column is renamed",
    from_sql: "create table users (id integer primary key, name text, check (name <> ''))",
    to_sql: "create table users (id integer primary key, full_name text, check (full_name <> ''))",
    tags: ["check"],
    rename_hints: ["public.users.name->public.users.full_name"],
    catalog_equal: false,
    equal_ignoring_column_order: false,
  },
  {
    name: "the same in other words",
    from_sql: "create table users (id int primary key, at timestamp with time zone default now())",
    to_sql:
      "create table users (id integer not null, at timestamptz default current_timestamp::timestamptz, primary key (id))",
    tags: ["default"],
    catalog_equal: false,
    equal_ignoring_column_order: false,
  },
];

const file = vectorFile("diff-cases.json");

export const corpus = file === undefined ? "our own corpus (the vectors are absent)" : "diff-cases.json";
export const cases: readonly DiffCase[] = file === undefined ? OWN : JSON.parse(readFileSync(file, "utf8"));

/**
 * A case for each of some tags: others with another seed.
 *
 * @param size how many tags.
 */
export function sample(all: readonly DiffCase[], size: number, seed: number): readonly DiffCase[] {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const shuffled = <T>(list: readonly T[]): T[] =>
    list
      .map((one) => ({ one, key: random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ one }) => one);
  const mixed = shuffled(all);
  const tags = shuffled([...new Set(all.flatMap((one) => one.tags))]).slice(0, size);
  return [...new Set(tags.map((tag) => mixed.find((one) => one.tags.includes(tag))!))];
}
