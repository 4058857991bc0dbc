/** Compiled with the rest; a wrong type here is a failing build. Nothing in this file runs. */
import {
  alias,
  arrayAgg,
  avg,
  BaseModel,
  belongsTo,
  bigint,
  caseWhen,
  coalesce,
  count,
  cte,
  type Executor,
  exists,
  hasMany,
  hasOne,
  insert,
  insertFrom,
  integer,
  jsonb,
  Model,
  manyToMany,
  max,
  numeric,
  optional,
  type Query,
  SoftDeleteModel,
  scalar,
  select,
  sql,
  sum,
  text,
  timestamptz,
  update,
  uuid,
} from "../../src/index.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_T extends true>(): void => {};
type RowOf<Q> = Q extends Query<infer Row> ? Row : never;

class Person extends BaseModel.define({ name: text(), bossId: uuid().nullable(), nick: text().nullable() }) {
  static readonly boss = belongsTo(
    () => Person,
    () => Person.c.bossId,
  );
  static readonly team = hasMany(
    () => Person,
    () => Person.c.bossId,
  );
  static readonly orders = hasMany(
    () => Order,
    () => Order.c.personId,
  );
  static readonly card = hasOne(
    () => Card,
    () => Card.c.personId,
  );
}
class Card extends Model.define({ personId: uuid().primaryKey(), limit: numeric(10, 2) }) {}
class Order extends SoftDeleteModel.define({
  personId: uuid(),
  status: text<"draft" | "paid">().default("draft"),
  total: numeric(12, 2),
  weight: integer().nullable(),
  big: bigint(),
  paidAt: timestamptz().nullable(),
  doc: jsonb<{ kind: "a" | "b"; size: { width: number }; tags: string[] }>(),
}) {
  static readonly person = belongsTo(
    () => Person,
    () => Order.c.personId,
  );
  static readonly tags = manyToMany(() => Tag, { from: () => Tagging.c.orderId, to: () => Tagging.c.tagId });
  get isPaid(): boolean {
    return this.status === "paid";
  }
}
class Tag extends Model.define({ id: integer().primaryKey(), word: text() }) {}
class Tagging extends Model.define({ orderId: uuid().primaryKey(), tagId: integer().primaryKey() }) {}

declare const db: Executor;

// ---- what a select yields ---------------------------------------------------------------------------------------------

const whole = select(Order);
is<Equal<RowOf<typeof whole>, Order>>();
const named = select({ id: Order.c.id, weight: Order.c.weight, order: Order, n: count() }).from(Order);
is<Equal<RowOf<typeof named>, { id: string; weight: number | null; order: Order; n: number }>>();

const boss = optional(alias(Person, "boss"));
const joined = select({ name: Person.c.name, boss, nick: boss.c.name })
  .from(Person)
  .leftJoin(boss, boss.c.id.eq(Person.c.bossId));
is<Equal<RowOf<typeof joined>, { name: string; boss: Person | null; nick: string | null }>>();

const totals = select({ who: Order.c.personId, sum: sum(Order.c.total), most: max(Order.c.paidAt) }).from(Order);
is<Equal<RowOf<typeof totals>, { who: string; sum: string | null; most: Date | null }>>();
const derived = totals.as("totals");
const fromDerived = select({ who: derived.c.who, sum: derived.c.sum }).from(derived);
is<Equal<RowOf<typeof fromDerived>, { who: string; sum: string | null }>>();
const named2 = cte("x", select(Person));
const fromCte = select({ nick: named2.c.nick }).with(named2).from(named2);
is<Equal<RowOf<typeof fromCte>, { nick: string | null }>>();

const aggregates = select({
  a: sum(Order.c.weight),
  b: sum(Order.c.big),
  c: avg(Order.c.total),
  d: arrayAgg(Order.c.status),
  e: count(Order.c.weight).filter(Order.c.status.eq("paid")),
});
is<
  Equal<
    RowOf<typeof aggregates>,
    { a: number | null; b: string | null; c: number | null; d: ("draft" | "paid")[] | null; e: number }
  >
>();

const expressions = select({
  a: caseWhen(Order.c.weight.gt(1), "heavy").else("light"),
  b: caseWhen(Order.c.weight.gt(1), 1),
  c: coalesce(Order.c.weight, 0),
  d: Order.c.weight.cast(text()),
  e: Order.c.total.cast(integer()),
  f: Order.c.doc.at("size").at("width"),
  g: Order.c.doc.at("kind"),
  h: Order.c.doc.textAt("kind"),
  i: sql<number>`1`,
  j: scalar(select({ n: count() }).from(Tag)),
  k: Order.c.total.gt("1"),
});
is<
  Equal<
    RowOf<typeof expressions>,
    {
      a: "heavy" | "light";
      b: 1 | null;
      c: number;
      d: string | null;
      e: number;
      f: number | null;
      g: "a" | "b" | null;
      h: string | null;
      i: number;
      j: number | null;
      k: boolean | null;
    }
  >
>();
const joins = select({ id: Person.c.id }).from(Person).join(alias(Person, "other"), Person.c.id.eq(Person.c.bossId));
is<Equal<RowOf<typeof joins>, { id: string }>>();

// ---- relations --------------------------------------------------------------------------------------------------------

const withRelations = select(Person).include({ boss: Person.boss, card: Person.card, team: Person.team });
const person = await db.one(withRelations);
is<Equal<typeof person.boss, Person | null>>();
is<Equal<typeof person.card, Card | null>>();
is<Equal<typeof person.team, readonly Person[]>>();
const order = await db.one(
  select(Order).include({
    person: Order.person.include({ orders: Person.orders.where(Order.c.status.eq("paid")).limit(3) }),
    tags: Order.tags.orderBy(Tag.c.word),
  }),
);
is<Equal<typeof order.person.name, string>>();
is<Equal<(typeof order.person.orders)[number]["total"], string>>();
is<Equal<(typeof order.tags)[number], Tag>>();
is<Equal<typeof order.isPaid, boolean>>();

// ---- writing ----------------------------------------------------------------------------------------------------------

const inserted = insert(Tag, { id: 1, word: "x" });
is<Equal<RowOf<typeof inserted>, Tag>>();
const returned = insert(Tag, [{ id: 1, word: sql`'x'` }]).returning({ word: Tag.c.word });
is<Equal<RowOf<typeof returned>, { word: string }>>();
insert(Tag, { id: 1, word: "x" }).onConflictDoUpdate(Tag.c.id, (excluded) => ({ word: excluded.word }));
insertFrom(Tag, select({ id: Tag.c.id, word: Tag.c.word }).from(Tag));
update(Order).set({ status: "paid", weight: null, total: sql`total + 1` });
db.all(select(Order).where(Order.c.personId.in(select({ id: Person.c.id }).from(Person))));
db.all(
  select(Order).where(Order.c.personId.in(sql`select 'x'`), Order.c.total.eq(sql`1`), Order.c.total.gt(sql<string>`1`)),
);
db.all(select(Order).where(exists(select(Tag)), Order.c.isDeleted, Order.c.weight.eq(Order.c.weight)));

// ---- what is refused --------------------------------------------------------------------------------------------------

// @ts-expect-error not a status
Order.c.status.eq("lost");
// @ts-expect-error not a status, either
Order.c.status.in(["paid", "lost"]);
// @ts-expect-error a number is no numeric
Order.c.total.gt(1);
// @ts-expect-error null never equals anything: isNull()
Order.c.weight.eq(null);
// @ts-expect-error numbers have no like
Order.c.weight.like("1%");
// @ts-expect-error the column of another type
Order.c.total.eq(Order.c.weight);
// @ts-expect-error no such member
Order.c.doc.at("nope");
// @ts-expect-error text has no members
Order.c.total.at("length");
// @ts-expect-error not a kind
Order.c.doc.at("kind").eq("c");
// @ts-expect-error a subquery of another type
Order.c.weight.in(select({ id: Person.c.id }).from(Person));
// @ts-expect-error a condition is boolean
select(Order).where(Order.c.total);
// @ts-expect-error a left join's source may be missing, and has to say so
select(Order).leftJoin(Person, Person.c.id.eq(Order.c.personId));
// @ts-expect-error no column of it
boss.c.nope;
// @ts-expect-error not in the derived columns
derived.c.nope;
// @ts-expect-error not a relation
select(Order).include({ x: Order.c.id });
// @ts-expect-error to-one relations have no limit
Order.person.limit(1);
// @ts-expect-error word is required
insert(Tag, { id: 1 });
// @ts-expect-error nope is no column
insert(Tag, { id: 1, word: "x", nope: 1 });
// @ts-expect-error word is missing in the selection
insertFrom(Tag, select({ id: Tag.c.id }).from(Tag));
// @ts-expect-error a status that is none
update(Order).set({ status: "lost" });
// @ts-expect-error total is not nullable
update(Order).set({ total: null });
// @ts-expect-error no such column to update
update(Order).set({ nope: 1 });
// @ts-expect-error nothing that is no expression or model can be selected
select({ a: 1 });
// @ts-expect-error NULL would make of it what is typed as a number
Order.c.big.plus(Order.c.weight);
// @ts-expect-error a number and a numeric's text
Order.c.weight.times(Order.c.total);
// @ts-expect-error a moment less a moment is no moment
Order.c.createdAt.minus(Order.c.updatedAt);
// @ts-expect-error no such lock
select(Order).lock("everything");
