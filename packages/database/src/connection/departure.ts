import { CopyIn } from "./copy-in.ts";
import { CopyOut } from "./copy-out.ts";
import type { Limit, Step, Wire } from "./flight.ts";
import { COPY_DONE, encodeFlight, type Part } from "./frontend.ts";

const NONE: readonly string[] = [];

/**
 * What of a flight has left, and what waits. As a rule all of it leaves at once. But what stands behind a COPY FROM STDIN,
 * the Sync too, has to wait until the data were sent: while the server waits for data it ignores a Sync, and takes a
 * statement for a broken protocol (PostgreSQL, "COPY Operations").
 */
export class Departure {
  readonly #wire: Wire;
  readonly #steps: readonly Step[];
  readonly #parts: readonly Part[];
  readonly #copies: readonly (CopyIn | CopyOut)[] | undefined;
  /** How many statements have left. */
  #sent = 0;
  #isSynced = false;

  /** Sends what can leave. @param limit cancels the flight when nobody wants what is copied any more. */
  constructor(wire: Wire, steps: readonly Step[], parts: readonly Part[], closed: readonly string[], limit: Limit) {
    this.#wire = wire;
    this.#steps = steps;
    this.#parts = parts;
    if (steps.some(({ copy }) => copy !== undefined)) this.#copies = steps.flatMap(({ copy }) => copy ?? []);
    wire.stream.write(this.#next(closed));
    for (const copy of this.#copies ?? []) {
      if (copy instanceof CopyOut) copy.begin(wire.stream, () => limit.onExceeded());
    }
  }

  /** Whether data were copied, so that the flight is not the same when it is sent again. */
  get hasCopied(): boolean {
    return this.#copies?.some((copy) => copy.hasBegun) ?? false;
  }

  /** The server takes the data of this statement. */
  copyIn(at: number): void {
    const { copy } = this.#steps[at]!;
    if (!(copy instanceof CopyIn)) {
      this.#failCopy("COPY FROM STDIN cannot be run as a query");
      return;
    }
    void copy.send(this.#wire.stream, {
      done: () => void this.#wire.stream.write(Buffer.concat([COPY_DONE, this.#next(NONE)])),
      failed: (reason) => this.#failCopy(reason),
    });
  }

  /** The server has sent data of this statement. */
  copyOut(at: number, bytes: Buffer, start: number, end: number): void {
    const { copy } = this.#steps[at]!;
    if (copy instanceof CopyOut) copy.push(bytes, start, end);
  }

  /** This statement is complete. Was it a COPY FROM STDIN that asked for no data, others still wait. */
  completed(at: number): void {
    if (!this.#isSynced && at + 1 === this.#sent) this.#wire.stream.write(this.#next(NONE));
  }

  /** A statement failed: the server reads on from the Sync. */
  failed(): void {
    this.stop();
    if (!this.#isSynced) this.#sync();
  }

  /** Nothing is copied any more. */
  stop(): void {
    for (const copy of this.#copies ?? []) copy.stop();
  }

  /** Ends what is copied, before it is cancelled: the server does not hear of that while it waits for us. */
  abandon(): void {
    for (const copy of this.#copies ?? []) copy.abandon();
  }

  /** What leaves next: everything, or what there is up to a COPY FROM STDIN. */
  #next(closed: readonly string[]): Buffer {
    const from = this.#sent;
    const at =
      this.#copies === undefined ? -1 : this.#steps.findIndex(({ copy }, i) => i >= from && copy instanceof CopyIn);
    this.#isSynced = at === -1;
    this.#sent = at === -1 ? this.#parts.length : at + 1;
    const isAll = from === 0 && this.#isSynced;
    return encodeFlight(closed, isAll ? this.#parts : this.#parts.slice(from, this.#sent), this.#isSynced);
  }

  /** The Sync that came before was ignored. */
  #failCopy(reason: string): void {
    this.#wire.sendCopyFail(reason);
    this.#sync();
  }

  #sync(): void {
    this.#isSynced = true;
    this.#wire.sync();
  }
}
