import {
  defineEntity,
  type EntityManager,
  type InferEntity,
  MikroORM,
  p,
  type RawQueryFragment,
  sql,
} from "@mikro-orm/postgresql";
import type { Contestant, Entry, Open, Sample } from "../../dist/client.js";
import { inAutocommit, inTransactions, type Statements } from "../../dist/contestants/statements.js";

const timestamps = {
  createdAt: p.datetime().name("created_at").columnType("timestamptz").defaultRaw("now()"),
  updatedAt: p.datetime().name("updated_at").columnType("timestamptz").defaultRaw("now()"),
};

const User = defineEntity({
  name: "User",
  tableName: "users",
  properties: {
    id: p.uuid().primary(),
    email: p.string().length(255),
    hashedPassword: p.string().length(255),
    fullName: p.string().length(255).nullable(),
    isActive: p.boolean().default(true),
    isSuperuser: p.boolean().default(false),
    ...timestamps,
  },
});

const Account = defineEntity({
  name: "Account",
  tableName: "accounts",
  properties: { id: p.integer().primary(), owner: p.string().length(255), balance: p.integer() },
});

const EntryRow = defineEntity({
  name: "Entry",
  tableName: "entries",
  properties: { id: p.uuid().primary(), accountId: p.integer(), amount: p.integer(), ...timestamps },
});

const Program = defineEntity({
  name: "Program",
  tableName: "programs",
  properties: {
    id: p.integer().primary(),
    owner: () => p.manyToOne(User),
    title: p.text(),
    createdAt: p.datetime().columnType("timestamptz"),
    workouts: () => p.oneToMany(Workout).mappedBy("program"),
  },
});

const Workout = defineEntity({
  name: "Workout",
  tableName: "workouts",
  properties: {
    id: p.integer().primary(),
    program: () => p.manyToOne(Program),
    title: p.text(),
    scheduledAt: p.datetime().columnType("timestamptz"),
    sets: () => p.oneToMany(WorkoutSet).mappedBy("workout"),
  },
});

const WorkoutSet = defineEntity({
  name: "WorkoutSet",
  tableName: "sets",
  properties: {
    id: p.integer().primary(),
    workout: () => p.manyToOne(Workout),
    exercise: p.text(),
    repetitions: p.integer(),
    weight: p.double(),
  },
});

const SampleRow = defineEntity({
  name: "Sample",
  tableName: "samples",
  properties: {
    id: p.uuid().primary(),
    label: p.text(),
    amount: p.integer(),
    score: p.double(),
    takenAt: p.datetime().columnType("timestamptz"),
    isValid: p.boolean(),
  },
});

const byEmail = (db: EntityManager, email: string) => db.findOne(User, { email });

const account = (db: EntityManager, id: number) => db.findOne(Account, { id });

const add = (db: EntityManager, id: number, amount: number) =>
  db.nativeUpdate(Account, { id }, { balance: sql<RawQueryFragment>`balance + ${amount}` });

async function store(db: EntityManager, entry: Entry): Promise<InferEntity<typeof EntryRow>> {
  const row = db.create(EntryRow, entry);
  await db.persist(row).flush();
  return row;
}

const list = (db: EntityManager, after: string, limit: number) =>
  db.find(User, { id: { $gt: after } }, { orderBy: { id: "asc" }, limit });

const include = (db: EntityManager, after: number) =>
  db.find(Program, { id: { $gt: after } }, { orderBy: { id: "asc" }, limit: 20, populate: ["owner", "workouts.sets"] });

const storeAll = (db: EntityManager, samples: readonly Sample[]) => db.insertMany(SampleRow, [...samples]);

const connect = (url: string, connections: number) =>
  MikroORM.init({
    clientUrl: url,
    pool: { max: connections, idleTimeoutMillis: 0 },
    entities: [User, Account, EntryRow, Program, Workout, WorkoutSet, SampleRow],
  });

const statements: Statements<EntityManager> = { byEmail, account, add, store, list, include, storeAll };

/** Each request has an entity manager of its own, as MikroORM's users give it. */
const transaction: Open = async (url, connections) => {
  const orm = await connect(url, connections);
  return { ...inTransactions(statements, (work) => orm.em.fork().transactional(work)), close: () => orm.close() };
};

const autocommit: Open = async (url, connections) => {
  const orm = await connect(url, connections);
  return { ...inAutocommit(statements, () => orm.em.fork()), close: () => orm.close() };
};

export const mikroOrm: Contestant = { package: "@mikro-orm/core", transaction, autocommit };
