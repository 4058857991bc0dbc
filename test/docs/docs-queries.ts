import { BaseModel, numeric, text, uuid, varchar } from "@hypertroq/database";

export declare const row: { email: string; hashedPassword: string };
export declare const rows: readonly (typeof row)[];
export declare const root: string;

export class Archive extends BaseModel.define({ total: numeric(12, 2) }) {}
export class Category extends BaseModel.define({ name: text(), parentId: uuid().nullable() }) {}
export class Lead extends BaseModel.define({ email: varchar(255) }) {}
export class Stock extends BaseModel.define({}) {}
export class Delivery extends BaseModel.define({}) {}
