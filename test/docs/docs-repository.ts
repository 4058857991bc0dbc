import { BaseModel, integer, repository, text } from "@hypertroq/database";
import { Order, User } from "./all.ts";

export type { Executor } from "@hypertroq/database";

export declare const cursor: string | null;
export declare const fullName: string;
export declare const rows: { name: string; hits: number }[];
export class Counter extends BaseModel.define({ name: text().unique(), hits: integer() }) {}
export class Account extends BaseModel.define({ owner: text(), revision: integer().version() }) {}
export declare const account: Account;
export const users = repository(User);
export const orders = repository(Order);
export const counters = repository(Counter);
export const accounts = repository(Account);
