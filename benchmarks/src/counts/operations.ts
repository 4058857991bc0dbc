import { type DatabaseManager, insert, repository } from "@hypertroq/database";
import type { Entry, Sample, Transfer } from "../client.ts";
import {
  Account,
  byEmail,
  EntryRow,
  five,
  list,
  pages,
  programs,
  SampleRow,
  together,
  User,
} from "../contestants/ours.ts";
import { emailOf } from "../database.ts";
import { WORKS } from "../works/index.ts";

/** Something that users of the layer do all day, of which is counted what it takes. */
export interface Operation<Input = unknown> {
  /** What one of them is about, which costs nothing; always as much of it. */
  input(): Input;
  run(manager: DatabaseManager, input: Input): Promise<unknown>;
}

const users = repository(User);
const accounts = repository(Account);
const entries = repository(EntryRow);

/** How much smaller than in a race the tables are that works bring along. */
const SCALE = 0.01;

/** SQL that makes the tables of the operations, beside those that all benchmarks have. */
export const TABLES: readonly string[] = [WORKS.include, WORKS.page].flatMap((work) => work.tables?.(SCALE) ?? []);

const EMAIL = emailOf(1);
const FIRST_ID = "00000000-0000-4000-8000-000000000000";
const PLACE = WORKS.page.input(SCALE);

const nothing = (): undefined => undefined;
const entry = (): Entry => ({ id: crypto.randomUUID(), accountId: 1, amount: 10 });
const transfer = (): Transfer => ({ from: 1, to: 2, amount: 10, entry: entry() });
const samples = (count: number) => (): readonly Sample[] =>
  Array.from({ length: count }, (_, i) => {
    const takenAt = new Date(Date.UTC(2026, 0, 1) + i);
    return { id: crypto.randomUUID(), label: "a label", amount: i, score: i / 7, takenAt, isValid: true };
  });

const operation = <Input>(input: () => Input, run: Operation<Input>["run"]): Operation => ({
  input,
  run: run as Operation["run"],
});

const page = pages();

/** By name: each as in a request of its own, in a session, unless its name says otherwise. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  "nothing in a session": operation(nothing, (manager) => manager.session(async () => {})),
  "get by key": operation(nothing, (manager) => manager.session((db) => accounts.get(db, 1))),
  "get by key, autocommit": operation(nothing, (manager) => accounts.get(manager, 1)),
  "find one by a unique column": operation(nothing, (manager) =>
    manager.session((db) => users.findOne(db, { email: EMAIL })),
  ),
  "query, autocommit": operation(nothing, (manager) => manager.first(byEmail(EMAIL))),
  "list of 20": operation(nothing, (manager) => manager.session((db) => db.all(list(FIRST_ID, 20)))),
  "list of 500": operation(nothing, (manager) => manager.session((db) => db.all(list(FIRST_ID, 500)))),
  "20 with three relations": operation(nothing, (manager) => manager.session((db) => db.all(programs(0)))),
  "page of 20": operation(nothing, (manager) => manager.session((db) => page(db, PLACE))),
  insert: operation(entry, (manager, values) => manager.session((db) => entries.create(db, values))),
  "insert, autocommit": operation(entry, (manager, values) => entries.create(manager, values)),
  "insert of 100": operation(samples(100), (manager, rows) =>
    manager.session((db) => db.execute(insert(SampleRow, rows))),
  ),
  "copy of 100": operation(samples(100), (manager, rows) => manager.session((db) => db.copyIn(SampleRow, rows))),
  update: operation(nothing, (manager) => manager.session((db) => accounts.update(db, 3, { balance: 7 }))),
  upsert: operation(nothing, (manager) =>
    manager.session((db) => accounts.upsert(db, { id: 4, owner: "User 4", balance: 7 }, { on: ["id"] })),
  ),
  "insert and delete": operation(entry, (manager, values) =>
    manager.session(async (db) => {
      await entries.create(db, values);
      await entries.delete(db, values.id);
    }),
  ),
  "request that reads and stores": operation(entry, (manager, values) =>
    manager.session(async (db) => {
      await db.first(byEmail(EMAIL));
      await entries.create(db, values);
    }),
  ),
  "transaction of five": operation(transfer, (manager, values) => manager.session((db) => five(db, values))),
  "transaction of five, sent together": operation(transfer, (manager, values) =>
    manager.session((db) => together(db, values)),
  ),
};
