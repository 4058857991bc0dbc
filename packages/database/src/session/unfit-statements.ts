import { DefinitionError } from "../errors.ts";

const TRANSACTION_CONTROL =
  /^\s*(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+to\b|\s+(?:work|transaction)\s+to\b))\b/i;
const COPY_IN = /^\s*copy\b.*\bfrom\s+stdin\b/is;

/**
 * Refuses what would come between the layer and its transaction, before it is sent: transaction control by hand, after
 * which later statements would commit by themselves, and COPY FROM STDIN, which waits for data that never comes.
 *
 * @throws {DefinitionError}
 */
export function refuseUnfit(text: string): void {
  if (TRANSACTION_CONTROL.test(text)) {
    throw new DefinitionError(
      "A session begins and ends its transaction itself: return to commit, throw to roll back. For a part that may be " +
        "rolled back use db.transaction(); for a kind of transaction the session's options.",
    );
  }
  if (COPY_IN.test(text))
    throw new DefinitionError("COPY FROM STDIN cannot be run as a query. Insert arrays with unnest().");
  if (text.includes("\0"))
    throw new DefinitionError("The SQL holds the character U+0000, which ends a text in the protocol.");
}
