import { DataSource, type EntityManager, EntitySchema } from "typeorm";
import type { Contestant, Entry, Open } from "../client.ts";

interface User {
  id: string;
  email: string;
  hashedPassword: string;
  fullName: string | null;
  isActive: boolean;
  isSuperuser: boolean;
  createdAt: Date;
  updatedAt: Date;
}

interface Account {
  id: number;
  owner: string;
  balance: number;
}

interface EntryRow extends Entry {
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const timestamps = {
  createdAt: { name: "created_at", type: "timestamptz", createDate: true },
  updatedAt: { name: "updated_at", type: "timestamptz", updateDate: true },
} as const;

const users = new EntitySchema<User>({
  name: "User",
  tableName: "users",
  columns: {
    id: { type: "uuid", primary: true },
    email: { type: "varchar", length: 255 },
    hashedPassword: { name: "hashed_password", type: "varchar", length: 255 },
    fullName: { name: "full_name", type: "varchar", length: 255, nullable: true },
    isActive: { name: "is_active", type: "boolean", default: true },
    isSuperuser: { name: "is_superuser", type: "boolean", default: false },
    ...timestamps,
  },
});

const accounts = new EntitySchema<Account>({
  name: "Account",
  tableName: "accounts",
  columns: {
    id: { type: "integer", primary: true },
    owner: { type: "varchar", length: 255 },
    balance: { type: "integer" },
  },
});

const entries = new EntitySchema<EntryRow>({
  name: "Entry",
  tableName: "entries",
  columns: {
    id: { type: "uuid", primary: true },
    accountId: { name: "account_id", type: "integer" },
    amount: { type: "integer" },
    ...timestamps,
  },
});

const byEmail = (db: EntityManager, email: string) => db.findOneBy(users, { email });

const account = (db: EntityManager, id: number) => db.findOneBy(accounts, { id });

const add = (db: EntityManager, id: number, amount: number) =>
  db
    .createQueryBuilder()
    .update(accounts)
    .set({ balance: () => "balance + :amount" })
    .where("id = :id", { id, amount })
    .returning("*")
    .execute();

/** `insert`, not `save`, which would look for the row first; it completes the object with what the database made. */
async function store(db: EntityManager, entry: Entry): Promise<object> {
  const row = { ...entry };
  await db.insert(entries, row);
  return row;
}

async function connect(url: string, connections: number): Promise<DataSource> {
  const source = new DataSource({
    type: "postgres",
    url,
    poolSize: connections,
    extra: { idleTimeoutMillis: 0 },
    entities: [users, accounts, entries],
  });
  return await source.initialize();
}

const transaction: Open = async (url, connections) => {
  const source = await connect(url, connections);
  return {
    read: ({ email }) => source.transaction((db) => byEmail(db, email)),
    write: (entry) => source.transaction((db) => store(db, entry)),
    five: ({ from, to, amount, entry }) =>
      source.transaction(async (db) => {
        await account(db, from);
        await account(db, to);
        await add(db, from, -amount);
        await add(db, to, amount);
        return await store(db, entry);
      }),
    checkout: async () => {
      const runner = source.createQueryRunner();
      await runner.connect();
      await runner.release();
    },
    close: () => source.destroy(),
  };
};

const autocommit: Open = async (url, connections) => {
  const source = await connect(url, connections);
  return {
    read: ({ email }) => byEmail(source.manager, email),
    write: (entry) => store(source.manager, entry),
    close: () => source.destroy(),
  };
};

export const typeorm: Contestant = { package: "typeorm", transaction, autocommit };
