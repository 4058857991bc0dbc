import { BaseModel, integer, numeric, text, uuid, varchar } from "@hypertroq/database";

export const row = { email: "mira@example.com", hashedPassword: "-" };
export const rows: readonly (typeof row)[] = [
  { email: "tom@example.com", hashedPassword: "-" },
  { email: "aiko@example.com", hashedPassword: "-" },
];
export const root = "0190b0a0-0000-7000-8000-000000000001";

export class Archive extends BaseModel.define({ total: numeric(12, 2) }) {}
export class Category extends BaseModel.define({ name: text(), parentId: uuid().nullable() }) {}
export class Lead extends BaseModel.define({ email: varchar(255) }) {}
export class Stock extends BaseModel.define({ sku: text(), pieces: integer() }) {}
export class Delivery extends BaseModel.define({ sku: text(), pieces: integer() }) {}

export const models = { Archive, Category, Lead, Stock, Delivery };
