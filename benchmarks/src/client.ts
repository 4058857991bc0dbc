/** A row of `entries`, as it is given to be stored. */
export interface Entry {
  readonly id: string;
  readonly accountId: number;
  readonly amount: number;
}

/** An amount to move from one account to another, with the entry that tells of it. `from` is below `to`. */
export interface Transfer {
  readonly from: number;
  readonly to: number;
  readonly amount: number;
  readonly entry: Entry;
}

/** A row of `samples`, as it is given to be stored with many others. */
export interface Sample {
  readonly id: string;
  readonly label: string;
  readonly amount: number;
  readonly score: number;
  readonly takenAt: Date;
  readonly isValid: boolean;
}

/** Where a page of `events` begins: behind `skip` rows, the last of which has this `createdAt` and `id`. */
export interface Place {
  readonly skip: number;
  readonly createdAt: string;
  readonly id: string;
}

/** What a contestant is asked to do. Each is one request: it borrows a connection, works, and gives it back. */
export interface Operations {
  /** The whole user with this address, as an object. */
  read(input: { readonly email: string }): Promise<unknown>;
  /** Stores the entry; the row as the database made it. */
  write(entry: Entry): Promise<unknown>;
  /** Reads both accounts, updates both, stores the entry; each statement is sent when the one before has answered. */
  five(transfer: Transfer): Promise<unknown>;
  /** The same five, sent without waiting for answers. */
  together(transfer: Transfer): Promise<unknown>;
  /** The 20 users that follow this id, by id, as objects. */
  list20(input: { readonly after: string }): Promise<unknown>;
  /** The same, 500. */
  list500(input: { readonly after: string }): Promise<unknown>;
  /** The 20 programs that follow this id, by id: in each its `owner`, its `workouts`, and in each of these its `sets`. */
  include(input: { readonly after: number }): Promise<unknown>;
  /** Stores the samples, by the library's documented way for many rows; nothing has to come back. */
  insert1000(samples: readonly Sample[]): Promise<unknown>;
  /** The same with more rows than one statement has parameters for. */
  insert100000(samples: readonly Sample[]): Promise<unknown>;
  /** 20 of a million events, newest first, by the sort keys of the row before. */
  page(place: Place): Promise<unknown>;
  /** The same page by OFFSET. */
  offset(place: Place): Promise<unknown>;
  /** Borrows a connection and gives it back, without a statement. */
  checkout(): Promise<unknown>;
}

export type WorkName = keyof Operations;

/** A contestant connected to the database. What it cannot do is left out. */
export interface Client extends Partial<Operations> {
  close(): Promise<void>;
}

/** Connects a contestant with a pool of `connections`. */
export type Open = (url: string, connections: number) => Client | Promise<Client>;

/**
 * What a request promises. `transaction`: all of it happens in one transaction, BEGIN to COMMIT, as a session of ours
 * does. `autocommit`: the statement is given to the pool alone, as the library's users usually call it.
 */
export type Semantics = "transaction" | "autocommit";

export const SEMANTICS: readonly Semantics[] = ["transaction", "autocommit"];

/** A library in the race. */
export interface Contestant extends Readonly<Record<Semantics, Open>> {
  /** The npm package whose version counts. */
  readonly package: string;
}
