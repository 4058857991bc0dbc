import { encodeParameters } from "../connection/parameters.ts";
import { type CommitOutcomeUnknown, StatementFailed } from "../errors.ts";
import { pause } from "../pause.ts";
import { autocommit, type Lender } from "./autocommit.ts";

/** How a commit ended whose answer was lost. */
export type CommitOutcome = "committed" | "aborted" | "unknown";

/**
 * SQL for what changes when a server crashes and recovers: since when it keeps statistics, which it throws away then
 * (PostgreSQL, "The Cumulative Statistics System"). Its start time would not do: it survives the crash of a server process.
 */
export const INCARNATION = "extract(epoch from pg_stat_get_bgwriter_stat_reset_time())::text";

/** How often a transaction that is still in progress is looked at, and the pause between, in milliseconds. */
const LOOKS = 50;
const PAUSE = 100;

/** "aborted" is the truth after a crash too: an id that had committed is not given again. */
const STATUS = `select status from pg_xact_status($1::xid8) status where ${INCARNATION} = $2 or status = 'aborted'`;
/** Ends nobody else's: the process is found by the transaction it has. */
const END = `select pg_terminate_backend(pid) from pg_stat_activity
  where backend_xid = $1::xid8::xid and ${INCARNATION} = $2`;

/**
 * Its fate by `pg_xact_status` (PostgreSQL, "Transaction ID and Snapshot Information Functions"). As long as the server
 * has not noticed that the client is gone, the transaction is in progress: the process that has it is ended then, which
 * either is too late, after the commit, or rolls it back.
 */
export async function resolveCommit(
  lender: Lender,
  { transactionId, incarnation }: CommitOutcomeUnknown,
  signal?: AbortSignal,
): Promise<CommitOutcome> {
  if (transactionId === undefined) return "unknown";
  const values = encodeParameters([transactionId, incarnation]);
  const ask = async (text: string): Promise<unknown> => {
    const [result] = await autocommit(lender, [{ text, values }], true, signal);
    return result!.rows[0]?.[0];
  };
  try {
    for (let look = 1; look <= LOOKS; look++) {
      const status = await ask(STATUS);
      if (status === "committed" || status === "aborted") return status;
      if (status !== "in progress") return "unknown";
      await ask(END);
      await pause(PAUSE, signal);
    }
    return "unknown";
  } catch (error) {
    // A transaction "in the future": another server answers now, one that has lost this one's last moments.
    if (error instanceof StatementFailed) return "unknown";
    throw error;
  }
}
