import { type Generated, Kysely, PostgresDialect } from "kysely";
import { jsonArrayFrom, jsonObjectFrom } from "kysely/helpers/postgres";
import type { Contestant, Entry, Open, Sample } from "../client.ts";
import { chunks } from "./chunks.ts";
import { pools } from "./pg.ts";
import { inAutocommit, inTransactions, type Statements, together } from "./statements.ts";

interface Tables {
  users: {
    id: string;
    email: string;
    hashed_password: string;
    full_name: string | null;
    is_active: Generated<boolean>;
    is_superuser: Generated<boolean>;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  accounts: { id: number; owner: string; balance: number };
  programs: { id: number; owner_id: string; title: string; created_at: Date };
  workouts: { id: number; program_id: number; title: string; scheduled_at: Date };
  sets: { id: number; workout_id: number; exercise: string; repetitions: number; weight: number };
  samples: { id: string; label: string; amount: number; score: number; taken_at: Date; is_valid: boolean };
  entries: { id: string; account_id: number; amount: number; created_at: Generated<Date>; updated_at: Generated<Date> };
}

type Db = Kysely<Tables>;

const byEmail = (db: Db, email: string) =>
  db.selectFrom("users").selectAll().where("email", "=", email).executeTakeFirst();

const account = (db: Db, id: number) => db.selectFrom("accounts").selectAll().where("id", "=", id).executeTakeFirst();

const add = (db: Db, id: number, amount: number) =>
  db
    .updateTable("accounts")
    .set((eb) => ({ balance: eb("balance", "+", amount) }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();

const store = (db: Db, { id, accountId, amount }: Entry) =>
  db.insertInto("entries").values({ id, account_id: accountId, amount }).returningAll().executeTakeFirstOrThrow();

const list = (db: Db, after: string, limit: number) =>
  db.selectFrom("users").selectAll().where("id", ">", after).orderBy("id").limit(limit).execute();

/** One statement; the server makes JSON of what is nested, in which points in time stay text. */
const include = (db: Db, after: number) =>
  db
    .selectFrom("programs")
    .selectAll("programs")
    .select((eb) => [
      jsonObjectFrom(eb.selectFrom("users").selectAll("users").whereRef("users.id", "=", "programs.owner_id"))
        .$notNull()
        .as("owner"),
      jsonArrayFrom(
        eb
          .selectFrom("workouts")
          .selectAll("workouts")
          .select((eb) =>
            jsonArrayFrom(eb.selectFrom("sets").selectAll("sets").whereRef("sets.workout_id", "=", "workouts.id")).as(
              "sets",
            ),
          )
          .whereRef("workouts.program_id", "=", "programs.id"),
      ).as("workouts"),
    ])
    .where("programs.id", ">", after)
    .orderBy("programs.id")
    .limit(20)
    .execute();

async function storeAll(db: Db, samples: readonly Sample[]): Promise<void> {
  const rows = samples.map(({ takenAt, isValid, ...same }) => ({ ...same, taken_at: takenAt, is_valid: isValid }));
  for (const chunk of chunks(rows)) await db.insertInto("samples").values(chunk).execute();
}

const statements: Statements<Db> = { byEmail, account, add, store, list, include, storeAll };

const transaction: Open = (url, connections) => {
  const { pool, pipelined, close } = pools(url, connections);
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  const pipelinedDb: Db = new Kysely({ dialect: new PostgresDialect({ pool: pipelined }) });
  return {
    ...inTransactions(statements, (work) => db.transaction().execute(work)),
    together: (transfer) => pipelinedDb.transaction().execute((db) => together(statements, db, transfer)),
    checkout: () => db.connection().execute(async () => {}),
    close,
  };
};

const autocommit: Open = (url, connections) => {
  const { pool, close } = pools(url, connections);
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  return { ...inAutocommit(statements, () => db), close };
};

export const kysely: Contestant = { package: "kysely", transaction, autocommit };
