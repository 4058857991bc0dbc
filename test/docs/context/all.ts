// What the guides take as given, where they do not make it themselves.
import {
  BaseModel,
  belongsTo,
  boolean,
  DatabaseManager,
  hasMany,
  hasOne,
  insert,
  integer,
  numeric,
  pgEnum,
  type Session,
  SoftDeleteModel,
  text,
  timestamptz,
  uuid,
  varchar,
} from "@hypertroq/database";
import Fastify, { type FastifyInstance } from "fastify";

export let manager: DatabaseManager;
export let db: Session;
export let app: FastifyInstance;
export const signal: AbortSignal = new AbortController().signal;
/** Of a user, and of an order of hers. */
export const id = "0190b0a0-0000-7000-8000-000000000001";
export const email: string = "grace@example.com";
export const hashedPassword: string = "-";

const orderStatus = pgEnum("order_status", ["draft", "paid", "shipped"]);

export class User extends BaseModel.define({
  email: varchar(255).index({ unique: true }),
  hashedPassword: varchar(255).hidden(),
  fullName: varchar(255).nullable(),
  isActive: boolean().default(true),
  bossId: uuid().nullable(),
}) {
  static readonly orders = hasMany(
    () => Order,
    () => Order.c.userId,
  );
  static readonly profile = hasOne(
    () => Profile,
    () => Profile.c.userId,
  );
}

export class Profile extends BaseModel.define({ userId: uuid(), bio: text() }) {}

export class Order extends SoftDeleteModel.define({
  userId: uuid().references(() => User.c.id),
  status: orderStatus().default("draft"),
  total: numeric(12, 2),
  note: text().nullable(),
  weight: integer().nullable(),
  placedAt: timestamptz().nullable(),
}) {
  static readonly user = belongsTo(
    () => User,
    () => Order.c.userId,
  );
  static readonly customer = belongsTo(
    () => User,
    () => Order.c.userId,
  );
  static readonly lines = hasMany(
    () => Line,
    () => Line.c.orderId,
  );
}

export class Line extends BaseModel.define({ orderId: uuid(), sku: text(), count: integer(), position: integer() }) {
  static readonly order = belongsTo(
    () => Order,
    () => Line.c.orderId,
  );
}

export const models = { User, Profile, Order, Line };

/** Stores the rows that guides find. */
export async function fill(): Promise<void> {
  await manager.session(async (session) => {
    await session.execute(insert(User, { id, email: "ada@example.com", hashedPassword: "-" }));
    await session.execute(insert(Order, { id, userId: id, total: "120.00", status: "paid" }));
    await session.execute(insert(Line, { orderId: id, sku: "A-1", count: 2, position: 1 }));
  });
}

/** What a guide finds in the database at hand. */
export function begin(url: string): void {
  manager = new DatabaseManager({ url, statementTimeout: 20, lockTimeout: 5 });
  app = Fastify();
}

/** Each block has a session of its own. */
export function open(): void {
  db = manager.open();
}

export async function commit(): Promise<void> {
  if (!db.isEnded) await db.commit();
}

export async function close(): Promise<void> {
  if (db !== undefined && !db.isEnded) await db.rollback();
  await app.ready();
  await app.close();
  await manager.close({ timeout: 0 });
}
