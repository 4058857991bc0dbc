/** What to do with the messages that come from the server. */
export interface MessageHandlers {
  /** A DataRow: its column count begins at `start`. The bytes are there during the call only. */
  row(bytes: Buffer, start: number, end: number): void;
  /** A CopyData message's content. The bytes are there during the call only. */
  copyData(bytes: Buffer, start: number, end: number): void;
  /** Whole messages of all other kinds, in the order they came. */
  others(bytes: Buffer): void;
}

const HEADER = 5;
const DATA_ROW = 0x44;
const COPY_DATA = 0x64;
const PARSE_COMPLETE = 0x31;
const CLOSE_COMPLETE = 0x33;

/**
 * Cuts what the server sends into messages (PostgreSQL, "Message Formats"). Rows and copied data, which are nearly all of
 * it, are handed on as bytes, so that values are made of them without a string in between; the driver, which would make
 * an object with a string per column of each, gets the others. Those that only say that a part of a flight was accepted
 * (ParseComplete, BindComplete, CloseComplete) tell nothing that the next message does not.
 */
export class MessageSplitter {
  readonly #handlers: MessageHandlers;
  /** The beginning of a message whose end has not come yet. */
  #parts: Buffer[] = [];
  #size = 0;
  /** How many bytes have to be there before there is a whole message. */
  #needed = HEADER;

  constructor(handlers: MessageHandlers) {
    this.#handlers = handlers;
  }

  push(chunk: Buffer): void {
    if (this.#size === 0) {
      this.#split(chunk);
      return;
    }
    this.#parts.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return;
    const bytes = Buffer.concat(this.#parts, this.#size); // once per message, however many chunks it came in
    this.#parts = [];
    this.#size = 0;
    this.#split(bytes);
  }

  #split(bytes: Buffer): void {
    const { length } = bytes;
    let at = 0;
    let others = 0; // where the messages for the driver begin, which end at `at`
    this.#needed = HEADER;
    while (length - at >= HEADER) {
      const type = bytes[at]!;
      const end = at + 1 + int32(bytes, at + 1);
      if (end > length) {
        this.#needed = end - at;
        break;
      }
      if (type === DATA_ROW || type === COPY_DATA || (type >= PARSE_COMPLETE && type <= CLOSE_COMPLETE)) {
        if (others < at) this.#handlers.others(bytes.subarray(others, at));
        if (type === DATA_ROW) this.#handlers.row(bytes, at + HEADER, end);
        else if (type === COPY_DATA) this.#handlers.copyData(bytes, at + HEADER, end);
        others = end;
      }
      at = end;
    }
    if (others < at) this.#handlers.others(bytes.subarray(others, at));
    if (at < length) {
      this.#parts = [bytes.subarray(at)];
      this.#size = length - at;
    }
  }
}

/** A 32-bit number in network order. Four reads: faster than `readInt32BE`, which checks its arguments. */
export function int32(bytes: Buffer, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
