// What the guides take as given, where they do not make it themselves.
import {
  BaseModel,
  belongsTo,
  boolean,
  type DatabaseManager,
  hasMany,
  hasOne,
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
import type { FastifyInstance } from "fastify";

export declare const manager: DatabaseManager;
export declare const db: Session;
export declare const app: FastifyInstance;
export declare const signal: AbortSignal;
export declare const id: string;
export declare const email: string;
export declare const hashedPassword: string;

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
