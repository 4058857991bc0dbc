import { describe, expect, it } from "vitest";
import {
  BaseModel,
  bigint,
  count,
  defineSchema,
  errors,
  MaterializedView,
  Model,
  mixin,
  pgEnum,
  pgFunction,
  pgSequence,
  policy,
  type SchemaObject,
  select,
  serial,
  sql,
  text,
  trigger,
  uuid,
  View,
} from "../../src/index.ts";
import { creationOrder } from "../../src/migrations/autogenerate/creation-order.ts";
import { namedIn } from "../../src/migrations/autogenerate/named-in.ts";
import { definitionSql } from "../../src/model/definition-sql.ts";
import { describeTable } from "../../src/model/describe-table.ts";
import { describeView } from "../../src/model/describe-view.ts";

class User extends BaseModel.define({ fullName: text(), isOld: text() }) {}
const touch = pgFunction("touch", { returns: "trigger", body: sql`begin return new; end` });

describe("describeView", () => {
  it("names what a query yields after the view's columns, in the query's order, and writes values as literals", () => {
    class Old extends View.define({ id: uuid(), name: text().named("theName"), n: bigint() }) {
      static override readonly query = () =>
        select({ name: User.c.fullName, n: count(), id: User.c.id })
          .from(User)
          .where(User.c.isOld.eq("it's"))
          .groupBy(User.c.id)
          .limit(3);
    }
    const { names, query, reads } = describeView(Old);
    expect(names).toEqual(["theName", "n", "id"]);
    expect(query).toBe(
      'select "users"."full_name" as "name", count(*) as "n", "users"."id" as "id" from "users" where "users"."is_old" = \'it\'\'s\' group by "users"."id" limit 3',
    );
    expect(reads).toEqual(['"users"']);
  });

  it("keeps a literal apart from what stands before it", () => {
    expect(definitionSql(sql`select 1-${-5}, 'a'${"b"}`)).toBe("select 1- -5, 'a' 'b'");
  });

  it("takes a query in SQL as it is", () => {
    class Old extends MaterializedView.define({ id: uuid().index() }) {
      static override readonly query = () => sql`select id from ${User};`;
    }
    expect(describeView(Old)).toMatchObject({
      name: "olds",
      materialized: true,
      names: undefined,
      query: 'select id from "users"',
      reads: ['"users"'],
      indexes: [{ name: "ix_olds_id" }],
    });
  });
});

describe("defineSchema", () => {
  it("accumulates triggers and policies of mixins and bases", () => {
    const Touched = mixin({}, {}, {}, { triggers: [trigger("a", { before: "update", execute: touch })] });
    abstract class Base extends Model.with(Touched).define({ id: serial().primaryKey() }) {
      static override readonly policies = [policy("p")];
    }
    class Own extends Base.define({}) {
      static override readonly triggers = [
        trigger("b", { after: "delete", execute: "suppress_redundant_updates_trigger" }),
      ];
    }
    const { triggers, policies, rowSecurity } = describeTable(Own);
    expect(triggers.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(policies.map(({ name }) => name)).toEqual(["p"]);
    expect(rowSecurity).toBe("enabled");
  });

  const withQuery = (query: () => never): SchemaObject =>
    class Own extends View.define({ id: uuid() }) {
      static override readonly query = query;
    };
  const withTrigger = (definition: unknown): SchemaObject =>
    class Own extends Model.define({ id: uuid() }) {
      static override readonly triggers = [trigger("t", definition as never)];
    };
  const broken: [string, () => Record<string, SchemaObject>, string][] = [
    [
      "a view without a query",
      () => ({ V: class V extends View.define({ id: uuid() }) {} }),
      "A view needs static override",
    ],
    [
      "a view whose query is no query",
      () => ({ Own: withQuery(() => "select 1" as never) }),
      "The query of Own is no query. Write it as select(…) or sql`…`.",
    ],
    [
      "a view of a table that is not there",
      () => ({ Own: withQuery(() => sql`select id from ${User}` as never) }),
      'Own reads "users", which is not in the schema. Add its model.',
    ],
    [
      "a view that selects what it does not have",
      () => ({ User, Own: withQuery(() => select({ id: User.c.id, name: User.c.fullName }).from(User) as never) }),
      "The query of Own selects name, which the view does not have.",
    ],
    [
      "a view that does not select what it has",
      () => ({ User, Own: withQuery(() => select({}).from(User) as never) }),
      "A selection needs",
    ],
    [
      "a view that selects whole rows",
      () => ({ User, Own: withQuery(() => select({ id: User }) as never) }),
      "id is a whole row, which is not one column.",
    ],
    [
      "a view with a column's index",
      () => ({
        User,
        Own: class Own extends View.define({ id: uuid().index() }) {
          static override readonly query = () => select({ id: User.c.id }).from(User);
        },
      }),
      "Own has an index, which only a MaterializedView can have.",
    ],
    [
      "a view's column with a default",
      () => ({ Own: class extends View.define({ id: uuid().default("x") }) {} }),
      "The view's column id has default, which is for columns of tables.",
    ],
    [
      "a view with the name of a table",
      () => ({
        User,
        Own: class Own extends View.define({ id: uuid() }) {
          static override readonly table = "users";
          static override readonly query = () => sql`select 1`;
        },
      }),
      '"users" is the name of the table of User and the view Own.',
    ],
    [
      "a trigger of a function that is not there",
      () => ({ Own: withTrigger({ before: "update", execute: touch }) }),
      "The trigger t of Own calls touch, which is not in the schema. Add the function.",
    ],
    [
      "a trigger without a time",
      () => ({ Own: withTrigger({ execute: touch }) }),
      "The trigger t of Own needs one of before, after and insteadOf.",
    ],
    [
      "a trigger without a function",
      () => ({ Own: withTrigger({ before: "update" }) }),
      "The trigger t of Own needs execute: the function that it calls.",
    ],
    [
      "a trigger of a function that returns something else",
      () => ({
        Own: withTrigger({ before: "update", execute: pgFunction("f", { returns: "integer", body: sql`x` }) }),
      }),
      'calls f, which is no function that returns "trigger".',
    ],
    [
      "two triggers of one name",
      () => ({
        touch,
        Own: class Own extends Model.define({ id: uuid() }) {
          static override readonly triggers = [
            trigger("t", { before: "update", execute: touch }),
            trigger("t", { after: "update", execute: touch }),
          ];
        },
      }),
      '"t" is the name of a trigger of Own twice.',
    ],
    [
      "two functions of one name",
      () => ({ touch, again: pgFunction("touch", { returns: "trigger", body: sql`x` }) }),
      '"touch"() is the name of two functions or procedures.',
    ],
    [
      "a sequence with the name of a table",
      () => ({ User, s: pgSequence("users") }),
      '"users" is the name of the table of User and a sequence.',
    ],
    [
      "a sequence of a column that is not there",
      () => ({ s: pgSequence("s", { ownedBy: () => User.c.fullName }) }),
      'The sequence s belongs to a column of "users", which is not in the schema.',
    ],
    [
      "a policy with a part that its command has not",
      () => ({
        Own: class Own extends Model.define({ id: uuid() }) {
          static override readonly policies = [policy("p", { for: "insert", using: () => sql`true` })];
        },
      }),
      "The policy p of Own is for insert, which has no using.",
    ],
    [
      "what is none of all these",
      () => ({ User, help: (() => 1) as never }),
      "help is no model, view, enum, function, procedure or sequence.",
    ],
  ];
  it.each(broken)("refuses %s", (_, objects, message) => {
    expect(() => defineSchema(objects())).toThrow(errors.DefinitionError);
    expect(() => defineSchema(objects())).toThrow(message);
  });

  it("refuses a routine without a body, and one with two", () => {
    expect(() => pgFunction("f", {})).toThrow("The function f needs a body or a sqlBody, and one of them.");
    expect(() => pgFunction("f", { body: sql`x`, sqlBody: sql`y` })).toThrow(errors.DefinitionError);
  });

  it("takes an enum that no column is of, and an extension once", () => {
    expect(defineSchema({ mood: pgEnum("mood", ["sad"]) }).enums).toHaveLength(1);
    expect(() => defineSchema({}, { extensions: ["citext", { name: "citext" }] })).toThrow(
      "The extension citext is in the schema twice.",
    );
  });
});

describe("creationOrder", () => {
  const view = (name: string, query: string) => ({
    kind: "view" as const,
    schema: undefined,
    name,
    sql: [query],
    types: [],
  });
  const order = (...views: ReturnType<typeof view>[]): string[] => creationOrder(views).map(({ name }) => name);

  it("follows names, and keeps the given order besides", () => {
    expect(
      order(
        view("c", 'select * from "b"'),
        view("b", "select * from public.A"),
        view("a", "select 'c'"),
        view("d", ""),
      ),
    ).toEqual(["a", "b", "c", "d"]);
  });
  it("does not take a column's name for a view where names lead in a circle", () => {
    expect(order(view("b", "select x.a from c x, a"), view("a", "select b from c"), view("c", "select 1"))).toEqual([
      "c",
      "a",
      "b",
    ]);
  });
  it("refuses a circle", () => {
    expect(() => order(view("a", "select * from b"), view("b", "select * from a"))).toThrow(
      "These need each other: view a, view b.",
    );
  });
  it("finds no names in strings and comments", () => {
    expect(namedIn(`select 'a', "B""c".d /* e */ -- f`).map(({ name }) => name)).toEqual(["select", "d"]);
    expect(namedIn("f(x)").find(({ name }) => name === "f")).toEqual({
      name: "f",
      qualifier: undefined,
      isCertain: true,
    });
  });
});
