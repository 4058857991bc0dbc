import { ConnectionLost } from "../../errors.ts";

/** What the pool needs of a connection. */
export interface Poolable {
  /** `Date.now()` when it was opened. */
  readonly openedAt: number;
  /** Whether it is known to be dead. */
  readonly isLost: boolean;
  /** Whether its server was a standby when it was opened and is none any more. */
  readonly hasNewRole: boolean;
  /** Whether a transaction is open on it, failed or not. */
  readonly inTransaction: boolean;
  /** Whether something it was asked for is still under way, a cancel request included. */
  readonly isBusy: boolean;
  /** Settles when it is not busy any more, or lost. */
  whenIdle(): Promise<void>;
  query(text: string): Promise<unknown>;
  /** Called about once a second while it is lent, to find out about a peer that is gone without a word. */
  checkPulse(): void;
  /** Asks the server to cancel what runs. */
  cancel(): void;
  close(): Promise<void>;
  /** Closes the socket at once; whatever runs fails. */
  destroy(): void;
}

/**
 * Waits for `work` on a connection. When it takes longer than `seconds`, the connection is destroyed.
 *
 * @throws {ConnectionLost} then, also when `work` does not notice.
 */
export async function within<T>(seconds: number, connection: Poolable, work: T | Promise<T>): Promise<T> {
  if (!(work instanceof Promise)) return work;
  return await new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      connection.destroy();
      reject(new ConnectionLost(`The pool's work on a connection took longer than ${seconds} s; it was closed.`));
    }, seconds * 1000);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
