import { DataSource, type EntityManager, EntitySchema, MoreThan } from "typeorm";
import type { Contestant, Entry, Open, Sample } from "../client.ts";
import { chunks } from "./chunks.ts";
import { inAutocommit, inTransactions, type Statements } from "./statements.ts";

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

interface Program {
  id: number;
  title: string;
  createdAt: Date;
  owner: User;
  workouts: Workout[];
}

interface Workout {
  id: number;
  title: string;
  scheduledAt: Date;
  program: Program;
  sets: WorkoutSet[];
}

interface WorkoutSet {
  id: number;
  exercise: string;
  repetitions: number;
  weight: number;
  workout: Workout;
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

const programs = new EntitySchema<Program>({
  name: "Program",
  tableName: "programs",
  columns: {
    id: { type: "integer", primary: true },
    title: { type: "text" },
    createdAt: { name: "created_at", type: "timestamptz" },
  },
  relations: {
    owner: { type: "many-to-one", target: "User", joinColumn: { name: "owner_id" } },
    workouts: { type: "one-to-many", target: "Workout", inverseSide: "program" },
  },
});

const workouts = new EntitySchema<Workout>({
  name: "Workout",
  tableName: "workouts",
  columns: {
    id: { type: "integer", primary: true },
    title: { type: "text" },
    scheduledAt: { name: "scheduled_at", type: "timestamptz" },
  },
  relations: {
    program: { type: "many-to-one", target: "Program", inverseSide: "workouts", joinColumn: { name: "program_id" } },
    sets: { type: "one-to-many", target: "WorkoutSet", inverseSide: "workout" },
  },
});

const sets = new EntitySchema<WorkoutSet>({
  name: "WorkoutSet",
  tableName: "sets",
  columns: {
    id: { type: "integer", primary: true },
    exercise: { type: "text" },
    repetitions: { type: "integer" },
    weight: { type: "double precision" },
  },
  relations: {
    workout: { type: "many-to-one", target: "Workout", inverseSide: "sets", joinColumn: { name: "workout_id" } },
  },
});

const samples = new EntitySchema<Sample>({
  name: "Sample",
  tableName: "samples",
  columns: {
    id: { type: "uuid", primary: true },
    label: { type: "text" },
    amount: { type: "integer" },
    score: { type: "double precision" },
    takenAt: { name: "taken_at", type: "timestamptz" },
    isValid: { name: "is_valid", type: "boolean" },
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

const list = (db: EntityManager, after: string, limit: number) =>
  db.find(users, { where: { id: MoreThan(after) }, order: { id: "ASC" }, take: limit });

const include = (db: EntityManager, after: number) =>
  db.find(programs, {
    where: { id: MoreThan(after) },
    order: { id: "ASC" },
    take: 20,
    relations: { owner: true, workouts: { sets: true } },
  });

/** The query builder, told not to complete the objects, for which it would have the rows returned. */
async function storeAll(db: EntityManager, rows: readonly Sample[]): Promise<void> {
  for (const chunk of chunks(rows)) {
    await db.createQueryBuilder().insert().into(samples).values(chunk).updateEntity(false).execute();
  }
}

async function connect(url: string, connections: number): Promise<DataSource> {
  const source = new DataSource({
    type: "postgres",
    url,
    poolSize: connections,
    extra: { idleTimeoutMillis: 0 },
    entities: [users, accounts, entries, programs, workouts, sets, samples],
  });
  return await source.initialize();
}

const statements: Statements<EntityManager> = { byEmail, account, add, store, list, include, storeAll };

const transaction: Open = async (url, connections) => {
  const source = await connect(url, connections);
  return {
    ...inTransactions(statements, (work) => source.transaction(work)),
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
  return { ...inAutocommit(statements, () => source.manager), close: () => source.destroy() };
};

export const typeorm: Contestant = { package: "typeorm", transaction, autocommit };
