import { LEAD } from "../connection/lead.ts";
import { DefinitionError } from "../errors.ts";

const TRANSACTION_CONTROL = new RegExp(
  `${LEAD}(?:begin|start\\s+transaction|commit|end|abort|prepare\\s+transaction|` +
    "rollback(?!\\s+to\\b|\\s+(?:work|transaction)\\s+to\\b))\\b",
  "i",
);
/** COPY, in either direction. */
export const COPY = new RegExp(`${LEAD}copy\\b`, "i");
/** COPY that the client gives the data for, and COPY that gives the client data. */
export const COPY_FROM_STDIN = new RegExp(`${LEAD}copy\\b.*\\bfrom\\s+stdin\\b`, "is");
export const COPY_TO_STDOUT = new RegExp(`${LEAD}copy\\b.*\\bto\\s+stdout\\b`, "is");

/**
 * Refuses what would come between the layer and its transaction, before it is sent: transaction control by hand, after
 * which later statements would commit by themselves, COPY FROM STDIN, which waits for data that never comes, and COPY TO
 * STDOUT, whose data nobody would get.
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
  if (COPY_FROM_STDIN.test(text)) {
    throw new DefinitionError("COPY FROM STDIN cannot be run as a query. Give it to db.copyIn() with its data.");
  }
  if (COPY_TO_STDOUT.test(text)) {
    throw new DefinitionError(
      "COPY TO STDOUT cannot be run as a query. Give it to db.copyOut(), which returns its data.",
    );
  }
  if (text.includes("\0"))
    throw new DefinitionError("The SQL holds the character U+0000, which ends a text in the protocol.");
}
