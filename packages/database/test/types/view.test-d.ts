/** Compiled with the rest; a wrong type here is a failing build. Nothing in this file runs. */
import {
  BaseModel,
  belongsTo,
  bigint,
  count,
  defineSchema,
  del,
  type Executor,
  insert,
  MaterializedView,
  optional,
  pgFunction,
  repository,
  select,
  sql,
  text,
  trigger,
  update,
  uuid,
  View,
} from "../../src/index.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_T extends true>(): void => {};

const touch = pgFunction("touch", { returns: "trigger", body: sql`begin return new; end` });
class User extends BaseModel.define({ email: text(), secret: text().hidden() }) {
  static override readonly triggers = [trigger("touch", { before: "update", forEach: "row", execute: touch })];
}
class ActiveUser extends View.define({ id: uuid().primaryKey(), email: text().nullable(), secret: text().hidden() }) {
  static override readonly query = () =>
    select({ id: User.c.id, email: User.c.email, secret: User.c.secret }).from(User);
  static readonly user = belongsTo(
    () => User,
    () => ActiveUser.c.id,
  );
  get domain(): string | undefined {
    return this.email?.split("@")[1];
  }
}
class Daily extends MaterializedView.define({ day: text(), n: bigint() }) {
  static override readonly query = () => sql`select 1`;
}

declare const db: Executor;
defineSchema({ User, ActiveUser, Daily, touch });

const rows = await db.all(select(ActiveUser).where(ActiveUser.c.email.isNotNull()));
is<Equal<typeof rows, ActiveUser[]>>();
is<Equal<(typeof rows)[0]["email"], string | null>>();
is<Equal<(typeof rows)[0]["domain"], string | undefined>>();
const dict = rows[0]!.toDict();
is<Equal<typeof dict, { id: string; email: string | null }>>();
const loaded = await db.all(select(ActiveUser).include({ user: ActiveUser.user }));
is<Equal<(typeof loaded)[0]["user"], User>>();
const active = optional(ActiveUser);
const joined = await db.all(
  select({ email: User.c.email, active, n: count() }).from(User).leftJoin(active, active.c.id.eq(User.c.id)),
);
is<Equal<typeof joined, { email: string; active: ActiveUser | null; n: number }[]>>();
is<Equal<ReturnType<typeof Daily.refresh>, Promise<void>>>();

// @ts-expect-error a view is not written
insert(ActiveUser, { id: "", email: "", secret: "" });
// @ts-expect-error a view is not written
update(ActiveUser);
// @ts-expect-error a view is not written
del(ActiveUser);
// @ts-expect-error a view is not written
repository(ActiveUser);
// @ts-expect-error rows of a view come from the database
new ActiveUser({ id: "", email: "", secret: "" });
// @ts-expect-error only a materialized view is refreshed
ActiveUser.refresh(db);
// @ts-expect-error a view has no such column
ActiveUser.c.fullName;
// @ts-expect-error a trigger needs a function
trigger("t", { before: "update" });
// @ts-expect-error one time, not two
trigger("t", { before: "update", after: "update", execute: touch });
// @ts-expect-error no kind of object that a schema may leave alone
defineSchema({ User }, { manages: ["tables"] });
