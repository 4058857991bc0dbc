import postgres from "@prisma/orm-postgres/runtime";
import type { Varchar } from "@prisma/orm-postgres/target/codec-types";
import pg from "pg";
import type { Contestant, Entry, Open, Sample } from "../../dist/client.js";
import { chunks } from "../../dist/contestants/chunks.js";
import { inAutocommit, inTransactions } from "../../dist/contestants/statements.js";
import type { Contract } from "./generated/contract.d.ts";
import contractJson from "./generated/contract.json" with { type: "json" };

/** How large its own pool is cannot be said, so it is given one. It made none of the tables, so it finds no marker there. */
const connect = (url: string, connections: number) => {
  const pool = new pg.Pool({ connectionString: url, max: connections, idleTimeoutMillis: 0 });
  const db = postgres<Contract>({ contractJson, pg: pool, verifyMarker: false });
  return {
    db,
    close: async () => {
      await db.close();
      await pool.end();
    },
  };
};

type Connected = ReturnType<typeof connect>["db"];
type Db = Pick<Connected, "orm">;
type Transaction = Parameters<Parameters<Connected["transaction"]>[0]>[0];

/** What a varchar is compared with has to be of its type. */
const byEmail = ({ orm }: Db, email: string) => orm.public.User.first({ email: email as Varchar<255> });

const account = ({ orm }: Db, id: number) => orm.public.Account.first({ id });

/** Its models set values alone; to add to one is for its query builder. */
const add = async (tx: Transaction, id: number, amount: number) =>
  (
    await tx.query(
      tx.sql.public.accounts
        .update((f, fns) => ({ balance: fns.raw`${f.balance} + ${amount}`.returns("pg/int4@1") }))
        .where((f, fns) => fns.eq(f.id, id))
        .returning("id", "owner", "balance")
        .build(),
    )
  )[0];

const store = ({ orm }: Db, entry: Entry) => orm.public.Entry.create(entry);

const list = ({ orm }: Db, after: string, limit: number) =>
  orm.public.User.where((user) => user.id.gt(after))
    .orderBy((user) => user.id.asc())
    .limit(limit)
    .all();

const include = ({ orm }: Db, after: number) =>
  orm.public.Program.where((program) => program.id.gt(after))
    .orderBy((program) => program.id.asc())
    .limit(20)
    .include("owner")
    .include("workouts", (workouts) => workouts.include("sets"))
    .all();

/** Points in time are Temporal's. */
async function storeAll({ orm }: Db, samples: readonly Sample[]): Promise<void> {
  const rows = samples.map((sample) => ({
    ...sample,
    takenAt: Temporal.Instant.fromEpochMilliseconds(sample.takenAt.getTime()),
  }));
  for (const chunk of chunks(rows)) await orm.public.Sample.createAndCount(chunk);
}

/** `add` is of a transaction alone. */
const statements = { byEmail, account, add, store, list, include, storeAll };

const transaction: Open = (url, connections) => {
  const { db, close } = connect(url, connections);
  return { ...inTransactions<Transaction>(statements, (work) => db.transaction(work)), close };
};

const autocommit: Open = (url, connections) => {
  const { db, close } = connect(url, connections);
  return { ...inAutocommit<Db>(statements, () => db), close };
};

export const prisma8: Contestant = { package: "@prisma/orm-postgres", transaction, autocommit };
