import type { Result, Step } from "../connection/flight.ts";

/** A place in a server's write-ahead log (PostgreSQL, "Write-Ahead Logging (WAL)", "Timelines"). */
export interface Position {
  /** A promotion begins another one, with a higher number. */
  readonly timeline: number;
  /** The log sequence number. */
  readonly lsn: bigint;
}

/** Asks a primary where its log ends: everything that was committed before lies before that. */
export const POSITION: Step = {
  text: "select pg_walfile_name(lsn), lsn::text from pg_current_wal_insert_lsn() lsn",
  values: [],
};

/** What no replica has reached: what needs it reads from the primary. */
export const BEYOND = "ffffffff.ffffffffffffffff";

/** What a primary answered to {@link POSITION}, or the columns of it that come first in a row. */
export function positionIn([walFile, lsn]: readonly unknown[]): Position {
  return { timeline: Number.parseInt((walFile as string).slice(0, 8), 16), lsn: lsnOf(lsn as string) };
}

/** `16/B374D848` as a number. */
export function lsnOf(text: string): bigint {
  const [high = "0", low = "0"] = text.split("/");
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** The token of a primary's answer to {@link POSITION}; without an answer that of what no replica has reached. */
export function tokenIn(result: Result | undefined): string {
  const row = result?.rows[0];
  if (row === undefined) return BEYOND;
  const { timeline, lsn } = positionIn(row);
  return `${timeline.toString(16)}.${lsn.toString(16)}`;
}

/** What a token stands for. It may come from anybody: what is none counts as one that no replica has reached. */
export function positionOf(token: string): Position {
  const [, timeline, lsn] = /^([\da-f]{1,8})\.([\da-f]{1,16})$/.exec(token) ?? /^(.+)\.(.+)$/.exec(BEYOND)!;
  return { timeline: Number.parseInt(timeline!, 16), lsn: BigInt(`0x${lsn}`) };
}
