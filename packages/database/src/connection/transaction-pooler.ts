import { TransactionPooler } from "../errors.ts";
import type { Step } from "./flight.ts";
import { LEAD } from "./lead.ts";

const BEGIN = new RegExp(String.raw`${LEAD}(?:begin|start\s+transaction)\b`, "i");

/**
 * Statements that PostgreSQL runs outside of a transaction only (each command's page says so), and so not behind another
 * one in the same flight.
 */
const ALONE = new RegExp(
  String.raw`${LEAD}(?:vacuum|cluster|reindex|checkpoint|discard|(?:create|drop|alter)\s+(?:database|tablespace|subscription|system)|(?:create|drop)\s+(?:unique\s+)?index\s+concurrently|(?:commit|rollback)\s+prepared|alter\s+table\b.*\bdetach\s+partition\b.*\bconcurrently)\b`,
  "is",
);

/**
 * A flight's steps, with the connection's settings where its transaction begins: they are the transaction's own, because the
 * server is another one for each. They travel along, so there is no round trip for them.
 *
 * @returns where the settings stand among them; -1: nowhere.
 */
export function withSettings(
  steps: readonly Step[],
  settings: Step,
): { readonly steps: readonly Step[]; readonly at: number } {
  const first = steps[0]!.text;
  if (BEGIN.test(first)) return { steps: [steps[0]!, settings, ...steps.slice(1)], at: 1 };
  if (steps.length === 1 && ALONE.test(first)) return { steps, at: -1 };
  return { steps: [settings, ...steps], at: 0 };
}

/**
 * What leaves something in a session, and what does the same for a transaction, or needs no pooler; of texts without
 * comments.
 */
const REFUSED: readonly (readonly [statement: RegExp, name: string, instead: string])[] = [
  [/^\s*(?:un)?listen\b/i, "LISTEN", "Use manager.listen(), which connects by directUrl (DIRECT_URL)"],
  [
    /^\s*set\s+(?!local\b|transaction\b|constraints\b)/i,
    "SET",
    "Write SET LOCAL, or give the setting to the session (context) or to all transactions (serverSettings)",
  ],
  [/^\s*reset\b/i, "RESET", "Settings made by SET LOCAL end with the transaction by themselves"],
  [
    /\bset_config\s*\([^()]*,\s*(?:false|'f(?:alse)?'|'off')\s*\)/i,
    "set_config(…, false)",
    "Make its third argument true, so that the setting is the transaction's",
  ],
  [
    /\bpg_(?:try_)?advisory_(?:lock|unlock)\w*\s*\(/i,
    "A session's advisory lock",
    "Use pg_advisory_xact_lock() or pg_try_advisory_xact_lock(), which the transaction's end releases",
  ],
  [
    /^\s*create\s+(?:(?:local|global)\s+)?temp(?:orary)?\s+(?:table\b(?!.*\bon\s+commit\s+drop\b)|view\b|sequence\b|recursive\b)/is,
    "A temporary object that outlives its transaction",
    "Create a temporary table with ON COMMIT DROP",
  ],
  [/\binto\s+temp(?:orary)?\b/i, "SELECT INTO TEMP", "Write CREATE TEMP TABLE … ON COMMIT DROP AS SELECT …"],
  [/^\s*declare\b.*\bwith\s+hold\b/is, "A cursor WITH HOLD", "Use db.stream(), or a cursor without it"],
  [
    /^\s*(?:prepare|execute|deallocate)\b/i,
    "PREPARE",
    'Run the statement itself: the layer prepares what it can (pooler: "transaction-prepared")',
  ],
  [/^\s*(?:discard|load)\b/i, "DISCARD or LOAD", "Use a connection of its own, past the pooler (DIRECT_URL)"],
];

/** Whether a text may be one of them: most are not, and are looked at once. */
const SUSPECT =
  /\b(?:un)?listen\b|\bset\b|\breset\b|\bset_config\b|advisory|\btemp(?:orary)?\b|\bhold\b|\bprepare\b|\bexecute\b|\bdeallocate\b|\bdiscard\b|\bload\b/i;

/** Texts and comments, in which anything may be written. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$|--[^\n]*|\/\*.*?\*\//gs;

/** The first refusal of a flight's statements; see `refusalOf`. What the layer wrote itself is not looked at. */
export function refusalIn(steps: readonly Step[]): TransactionPooler | undefined {
  for (const { byHand, text } of steps) {
    const refusal = byHand ? refusalOf(text) : undefined;
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/**
 * Why a statement that somebody wrote by hand cannot be run behind a pooler that lends a server for one transaction: what
 * it leaves in the session would be somebody else's afterwards, and missing here (PgBouncer, "SQL feature map for pooling
 * modes"). What functions do inside of the server is not seen.
 */
function refusalOf(text: string): TransactionPooler | undefined {
  if (!SUSPECT.test(text)) return undefined;
  // Only what is no word of SQL is taken out: the third argument of set_config may be one.
  const bare = text.replace(QUOTED, (quoted) =>
    /^'(?:f|false|off)'$/i.test(quoted) ? quoted : quoted[0] === "'" ? "''" : " ",
  );
  const found = REFUSED.find(([statement]) => statement.test(bare));
  return found === undefined ? undefined : new TransactionPooler(`${found[1]} does not hold there. ${found[2]}.`);
}
