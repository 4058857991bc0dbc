import { defineRelations, eq, gt, sql } from "drizzle-orm-v1";
import { drizzle as connect } from "drizzle-orm-v1/node-postgres";
import { boolean, doublePrecision, integer, pgTable, text, timestamp, uuid, varchar } from "drizzle-orm-v1/pg-core";
import type { Contestant, Entry, Open, Sample } from "../../dist/client.js";
import { chunks } from "../../dist/contestants/chunks.js";
import { pools } from "../../dist/contestants/pg.js";
import { inAutocommit, inTransactions, type Statements } from "../../dist/contestants/statements.js";

const timestamps = {
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
};

const users = pgTable("users", {
  id: uuid("id").primaryKey(),
  email: varchar("email", { length: 255 }).notNull(),
  hashedPassword: varchar("hashed_password", { length: 255 }).notNull(),
  fullName: varchar("full_name", { length: 255 }),
  isActive: boolean("is_active").notNull().default(true),
  isSuperuser: boolean("is_superuser").notNull().default(false),
  ...timestamps,
});

const accounts = pgTable("accounts", {
  id: integer("id").primaryKey(),
  owner: varchar("owner", { length: 255 }).notNull(),
  balance: integer("balance").notNull(),
});

const entries = pgTable("entries", {
  id: uuid("id").primaryKey(),
  accountId: integer("account_id").notNull(),
  amount: integer("amount").notNull(),
  ...timestamps,
});

const programs = pgTable("programs", {
  id: integer("id").primaryKey(),
  ownerId: uuid("owner_id").notNull(),
  title: text("title").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
});

const workouts = pgTable("workouts", {
  id: integer("id").primaryKey(),
  programId: integer("program_id").notNull(),
  title: text("title").notNull(),
  scheduledAt: timestamp("scheduled_at", { withTimezone: true }).notNull(),
});

const sets = pgTable("sets", {
  id: integer("id").primaryKey(),
  workoutId: integer("workout_id").notNull(),
  exercise: text("exercise").notNull(),
  repetitions: integer("repetitions").notNull(),
  weight: doublePrecision("weight").notNull(),
});

const samples = pgTable("samples", {
  id: uuid("id").primaryKey(),
  label: text("label").notNull(),
  amount: integer("amount").notNull(),
  score: doublePrecision("score").notNull(),
  takenAt: timestamp("taken_at", { withTimezone: true }).notNull(),
  isValid: boolean("is_valid").notNull(),
});

const relations = defineRelations({ users, programs, workouts, sets }, (r) => ({
  programs: {
    owner: r.one.users({ from: r.programs.ownerId, to: r.users.id, optional: false }),
    workouts: r.many.workouts({ from: r.programs.id, to: r.workouts.programId }),
  },
  workouts: { sets: r.many.sets({ from: r.workouts.id, to: r.sets.workoutId }) },
}));

const open = (url: string, connections: number) => {
  const { pool, close } = pools(url, connections);
  return { db: connect({ client: pool, relations }), close };
};

type Db = Pick<ReturnType<typeof open>["db"], "select" | "update" | "insert" | "query">;

const byEmail = async (db: Db, email: string) => (await db.select().from(users).where(eq(users.email, email)))[0];

const account = async (db: Db, id: number) => (await db.select().from(accounts).where(eq(accounts.id, id)))[0];

const add = async (db: Db, id: number, amount: number) =>
  (
    await db
      .update(accounts)
      .set({ balance: sql`${accounts.balance} + ${amount}` })
      .where(eq(accounts.id, id))
      .returning()
  )[0];

const store = async (db: Db, entry: Entry) => (await db.insert(entries).values(entry).returning())[0];

const list = (db: Db, after: string, limit: number) =>
  db.select().from(users).where(gt(users.id, after)).orderBy(users.id).limit(limit);

const include = (db: Db, after: number) =>
  db.query.programs.findMany({
    where: { id: { gt: after } },
    orderBy: { id: "asc" },
    limit: 20,
    with: { owner: true, workouts: { with: { sets: true } } },
  });

async function storeAll(db: Db, rows: readonly Sample[]): Promise<void> {
  for (const chunk of chunks(rows)) await db.insert(samples).values(chunk);
}

const statements: Statements<Db> = { byEmail, account, add, store, list, include, storeAll };

const transaction: Open = (url, connections) => {
  const { db, close } = open(url, connections);
  return { ...inTransactions(statements, (work) => db.transaction(work)), close };
};

const autocommit: Open = (url, connections) => {
  const { db, close } = open(url, connections);
  return { ...inAutocommit(statements, () => db), close };
};

export const drizzleV1: Contestant = { package: "drizzle-orm-v1", transaction, autocommit };
