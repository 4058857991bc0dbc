import { DefinitionError } from "../errors.ts";

/** What is to be heard on a channel. */
export type ChannelEvent =
  /**
   * From here on nothing is missed. Comes first, and again whenever notifications may have been missed: after a connection
   * was lost, because PostgreSQL keeps none for those who are away, and when more waited to be taken than are kept. Whoever
   * mirrors data reads them anew now.
   */
  | { readonly kind: "listening" }
  | {
      readonly kind: "notification";
      /** Empty when none was given. */
      readonly payload: string;
      /** The server process of whoever sent it (`pg_backend_pid()`). */
      readonly processId: number;
    };

/** PostgreSQL, NOTIFY: a payload is shorter than 8000 bytes. */
const LONGEST_PAYLOAD = 7999;

/** @throws {DefinitionError} when PostgreSQL would not take it. */
export function checkPayload(payload: string): void {
  if (typeof payload !== "string" || Buffer.byteLength(payload) > LONGEST_PAYLOAD) {
    throw new DefinitionError(
      `A notification's payload is a text of at most ${LONGEST_PAYLOAD} bytes. Store what is longer, and send its key.`,
    );
  }
}
