import type { Entry, Operations, Sample, Transfer } from "../client.ts";

/** What the works need of a library, in its own words, on its database or on a transaction of it. */
export interface Statements<Db> {
  byEmail(db: Db, email: string): PromiseLike<unknown>;
  account(db: Db, id: number): PromiseLike<unknown>;
  add(db: Db, id: number, amount: number): PromiseLike<unknown>;
  store(db: Db, entry: Entry): PromiseLike<unknown>;
  list(db: Db, after: string, limit: number): PromiseLike<unknown>;
  include(db: Db, after: number): PromiseLike<unknown>;
  storeAll(db: Db, samples: readonly Sample[]): PromiseLike<unknown>;
}

/** How a library has something done in a transaction. */
type Within<Db> = (work: (db: Db) => Promise<unknown>) => Promise<unknown>;

type Works<Name extends keyof Operations> = Pick<Operations, Name>;

type Alone = "read" | "list20" | "list500" | "include" | "write";

/** The works in a transaction each. */
export function inTransactions<Db>(
  { byEmail, account, add, store, list, include, storeAll }: Statements<Db>,
  within: Within<Db>,
): Works<Alone | "insert1000" | "insert100000" | "five"> {
  return {
    read: ({ email }) => within(async (db) => await byEmail(db, email)),
    list20: ({ after }) => within(async (db) => await list(db, after, 20)),
    list500: ({ after }) => within(async (db) => await list(db, after, 500)),
    include: ({ after }) => within(async (db) => await include(db, after)),
    insert1000: (samples) => within(async (db) => await storeAll(db, samples)),
    insert100000: (samples) => within(async (db) => await storeAll(db, samples)),
    write: (entry) => within(async (db) => await store(db, entry)),
    five: ({ from, to, amount, entry }) =>
      within(async (db) => {
        await account(db, from);
        await account(db, to);
        await add(db, from, -amount);
        await add(db, to, amount);
        return await store(db, entry);
      }),
  };
}

/** The five statements of `five` in a transaction, none of which waits for another's answer. */
export async function together<Db>(
  { account, add, store }: Statements<Db>,
  db: Db,
  { from, to, amount, entry }: Transfer,
): Promise<unknown> {
  const results = await Promise.all([
    account(db, from),
    account(db, to),
    add(db, from, -amount),
    add(db, to, amount),
    store(db, entry),
  ]);
  return results[4];
}

/** The works that are a statement, given to the pool alone. @param db what it is given to, for each request. */
export function inAutocommit<Db>({ byEmail, store, list, include }: Statements<Db>, db: () => Db): Works<Alone> {
  return {
    read: async ({ email }) => await byEmail(db(), email),
    list20: async ({ after }) => await list(db(), after, 20),
    list500: async ({ after }) => await list(db(), after, 500),
    include: async ({ after }) => await include(db(), after),
    write: async (entry) => await store(db(), entry),
  };
}
