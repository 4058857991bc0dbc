import {
  BaseModel,
  belongsTo,
  boolean,
  DatabaseManager,
  double,
  type Executor,
  hasMany,
  insert,
  integer,
  Model,
  repository,
  type Session,
  select,
  sql,
  text,
  timestamptz,
  update,
  uuid,
  varchar,
} from "@hypertroq/database";
import type { Contestant, Open, Place, Sample, Transfer } from "../client.ts";

export class User extends BaseModel.define({
  email: varchar(255).index({ unique: true }),
  hashedPassword: varchar(255).hidden(),
  fullName: varchar(255).nullable(),
  isActive: boolean().default(true),
  isSuperuser: boolean().default(false),
}) {}

export class Account extends Model.define({
  id: integer().primaryKey(),
  owner: varchar(255),
  balance: integer(),
}) {}

export class EntryRow extends BaseModel.define({ accountId: integer(), amount: integer() }) {
  static override readonly table = "entries";
}

class Program extends Model.define({
  id: integer().primaryKey(),
  ownerId: uuid(),
  title: text(),
  createdAt: timestamptz(),
}) {
  static readonly owner = belongsTo(
    () => User,
    () => Program.c.ownerId,
  );
  static readonly workouts = hasMany(
    () => Workout,
    () => Workout.c.programId,
  );
}

class Workout extends Model.define({
  id: integer().primaryKey(),
  programId: integer(),
  title: text(),
  scheduledAt: timestamptz(),
}) {
  static readonly sets = hasMany(
    () => WorkoutSet,
    () => WorkoutSet.c.workoutId,
  );
}

class WorkoutSet extends Model.define({
  id: integer().primaryKey(),
  workoutId: integer(),
  exercise: text(),
  repetitions: integer(),
  weight: double(),
}) {
  static override readonly table = "sets";
}

export class SampleRow extends Model.define({
  id: uuid().primaryKey(),
  label: text(),
  amount: integer(),
  score: double(),
  takenAt: timestamptz(),
  isValid: boolean(),
}) {
  static override readonly table = "samples";
}

class Event extends Model.define({
  id: uuid().primaryKey(),
  createdAt: timestamptz(),
  title: text(),
  amount: integer(),
}) {}

const entries = repository(EntryRow);
const events = repository(Event);

export const byEmail = (email: string) => select(User).where(User.c.email.eq(email));
const account = (id: number) => select(Account).where(Account.c.id.eq(id));
const add = (id: number, amount: number) =>
  update(Account)
    .set({ balance: sql`${Account.c.balance} + ${amount}` })
    .where(Account.c.id.eq(id));

export const list = (after: string, limit: number) =>
  select(User).where(User.c.id.gt(after)).orderBy(User.c.id.asc()).limit(limit);

export const programs = (after: number) =>
  select(Program)
    .where(Program.c.id.gt(after))
    .orderBy(Program.c.id.asc())
    .limit(20)
    .include({ owner: Program.owner, workouts: Program.workouts.include({ sets: Workout.sets }) });

const storeAll = (samples: readonly Sample[]) => insert(SampleRow, samples);

const offset = ({ skip }: Place) =>
  select(Event).orderBy(Event.c.createdAt.desc(), Event.c.id.desc()).limit(20).offset(skip);

/** Pages behind a place. Its cursor is taken once from the page before, whose last row it is; ids rise with time. */
export function pages(): (db: Executor, place: Place) => Promise<readonly Event[]> {
  const orderBy = ["createdAt", "desc"] as const;
  let cursor: Promise<string> | undefined;
  const cursorOf = async (db: Executor, { id }: Place): Promise<string> =>
    (await events.page(db, { where: { id: { lte: id } }, orderBy, limit: 1 })).nextCursor!;
  return async (db, place) => {
    cursor ??= cursorOf(db, place);
    return (await events.page(db, { orderBy, limit: 20, after: await cursor })).items;
  };
}

export async function five(db: Session, { from, to, amount, entry }: Transfer): Promise<EntryRow> {
  await db.first(account(from));
  await db.first(account(to));
  await db.one(add(from, -amount));
  await db.one(add(to, amount));
  return await db.one(insert(EntryRow, entry));
}

export async function together(db: Session, { from, to, amount, entry }: Transfer): Promise<EntryRow> {
  const [, , , , stored] = await Promise.all([
    db.first(account(from)),
    db.first(account(to)),
    db.one(add(from, -amount)),
    db.one(add(to, amount)),
    db.one(insert(EntryRow, entry)),
  ]);
  return stored;
}

/** The manager's defaults: pre-ping is on. */
const managerFor = (url: string, connections: number): DatabaseManager =>
  new DatabaseManager({ url, poolSize: connections });

const transaction: Open = (url, connections) => {
  const manager = managerFor(url, connections);
  const page = pages();
  return {
    read: ({ email }) => manager.session((db) => db.first(byEmail(email))),
    list20: ({ after }) => manager.session((db) => db.all(list(after, 20))),
    list500: ({ after }) => manager.session((db) => db.all(list(after, 500))),
    include: ({ after }) => manager.session((db) => db.all(programs(after))),
    page: (place) => manager.session((db) => page(db, place)),
    offset: (place) => manager.session((db) => db.all(offset(place))),
    insert1000: (samples) => manager.session((db) => db.execute(storeAll(samples))),
    insert100000: (samples) => manager.session((db) => db.execute(storeAll(samples))),
    write: (entry) => manager.session((db) => entries.create(db, entry)),
    five: (transfer) => manager.session((db) => five(db, transfer)),
    together: (transfer) => manager.session((db) => together(db, transfer)),
    checkout: async () => {
      const lease = await manager.pool.checkout();
      await lease.release();
    },
    close: () => manager.close(),
  };
};

const autocommit: Open = (url, connections) => {
  const manager = managerFor(url, connections);
  const page = pages();
  return {
    read: ({ email }) => manager.first(byEmail(email)),
    list20: ({ after }) => manager.all(list(after, 20)),
    list500: ({ after }) => manager.all(list(after, 500)),
    include: ({ after }) => manager.all(programs(after)),
    page: (place) => page(manager, place),
    offset: (place) => manager.all(offset(place)),
    write: (entry) => entries.create(manager, entry),
    close: () => manager.close(),
  };
};

export const ours: Contestant = { package: "@hypertroq/database", transaction, autocommit };

/** Our other way for many rows: `copyIn`, which streams. */
export const oursCopy: Contestant = {
  package: "@hypertroq/database",
  transaction: (url, connections) => {
    const manager = managerFor(url, connections);
    return {
      insert1000: (samples) => manager.session((db) => db.copyIn(SampleRow, samples)),
      insert100000: (samples) => manager.session((db) => db.copyIn(SampleRow, samples)),
      close: () => manager.close(),
    };
  },
  autocommit: (url, connections) => ({ close: () => managerFor(url, connections).close() }),
};
