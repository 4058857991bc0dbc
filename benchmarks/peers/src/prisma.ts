import { PrismaPg } from "@prisma/adapter-pg";
import type { Contestant, Entry, Open, Sample } from "../../dist/client.js";
import { chunks } from "../../dist/contestants/chunks.js";
import { inAutocommit, inTransactions, type Statements } from "../../dist/contestants/statements.js";
import { type Prisma, PrismaClient } from "./generated/client.ts";

type Db = Prisma.TransactionClient;

const byEmail = (db: Db, email: string) => db.user.findUnique({ where: { email } });

const account = (db: Db, id: number) => db.account.findUnique({ where: { id } });

const add = (db: Db, id: number, amount: number) =>
  db.account.update({ where: { id }, data: { balance: { increment: amount } } });

const store = (db: Db, entry: Entry) => db.entry.create({ data: entry });

const list = (db: Db, after: string, limit: number) =>
  db.user.findMany({ where: { id: { gt: after } }, orderBy: { id: "asc" }, take: limit });

const include = (db: Db, after: number) =>
  db.program.findMany({
    where: { id: { gt: after } },
    orderBy: { id: "asc" },
    take: 20,
    include: { owner: true, workouts: { include: { sets: true } } },
  });

/** `createMany` takes them all at once too, but then needs four times as long for 100,000. */
async function storeAll(db: Db, samples: readonly Sample[]): Promise<void> {
  for (const chunk of chunks(samples)) await db.sample.createMany({ data: chunk });
}

/** A transaction may take longer than Prisma's five seconds: 100,000 rows do. */
const connect = (url: string, connections: number): PrismaClient =>
  new PrismaClient({
    adapter: new PrismaPg({ connectionString: url, max: connections, idleTimeoutMillis: 0 }),
    transactionOptions: { maxWait: 60_000, timeout: 60_000 },
  });

const statements: Statements<Db> = { byEmail, account, add, store, list, include, storeAll };

const transaction: Open = (url, connections) => {
  const db = connect(url, connections);
  return { ...inTransactions(statements, (work) => db.$transaction(work)), close: () => db.$disconnect() };
};

const autocommit: Open = (url, connections) => {
  const db = connect(url, connections);
  return { ...inAutocommit(statements, () => db), close: () => db.$disconnect() };
};

export const prisma: Contestant = { package: "@prisma/client", transaction, autocommit };
