import {
  BaseModel,
  boolean,
  DatabaseManager,
  insert,
  integer,
  Model,
  repository,
  type Session,
  select,
  sql,
  update,
  varchar,
} from "@hypertroq/database";
import type { Contestant, Open, Transfer } from "../client.ts";

export class User extends BaseModel.define({
  email: varchar(255).index({ unique: true }),
  hashedPassword: varchar(255).hidden(),
  fullName: varchar(255).nullable(),
  isActive: boolean().default(true),
  isSuperuser: boolean().default(false),
}) {}

class Account extends Model.define({
  id: integer().primaryKey(),
  owner: varchar(255),
  balance: integer(),
}) {}

class EntryRow extends BaseModel.define({ accountId: integer(), amount: integer() }) {
  static override readonly table = "entries";
}

const entries = repository(EntryRow);

const byEmail = (email: string) => select(User).where(User.c.email.eq(email));
const account = (id: number) => select(Account).where(Account.c.id.eq(id));
const add = (id: number, amount: number) =>
  update(Account)
    .set({ balance: sql`${Account.c.balance} + ${amount}` })
    .where(Account.c.id.eq(id));

async function five(db: Session, { from, to, amount, entry }: Transfer): Promise<EntryRow> {
  await db.first(account(from));
  await db.first(account(to));
  await db.one(add(from, -amount));
  await db.one(add(to, amount));
  return await db.one(insert(EntryRow, entry));
}

async function together(db: Session, { from, to, amount, entry }: Transfer): Promise<EntryRow> {
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
  return {
    read: ({ email }) => manager.session((db) => db.first(byEmail(email))),
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
  return {
    read: ({ email }) => manager.first(byEmail(email)),
    write: (entry) => entries.create(manager, entry),
    close: () => manager.close(),
  };
};

export const ours: Contestant = { package: "@hypertroq/database", transaction, autocommit };
