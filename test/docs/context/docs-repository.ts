import { BaseModel, integer, repository, text } from "@hypertroq/database";
import { id, manager, Order, User } from "./all.ts";

export type { Executor } from "@hypertroq/database";

export const cursor: string | null = null;
export const fullName: string = "Grace";
export const rows = [{ name: "start", hits: 1 }];
export class Counter extends BaseModel.define({ name: text().unique(), hits: integer() }) {}
export class Account extends BaseModel.define({ owner: text(), revision: integer().version() }) {}
export const models = { Counter, Account };
export const users = repository(User);
export const orders = repository(Order);
export const counters = repository(Counter);
export const accounts = repository(Account);

export let account: Account;

export async function prepare(): Promise<void> {
  account = await accounts.create(manager, { id, owner: "Grace" });
}
