/** A message from a client, as far as a test may ask about it (PostgreSQL, "Message Formats"). */
export interface FrontendMessage {
  readonly type: FrontendType;
  /** The statement's of Parse and Bind; the statement's or portal's of Describe and Close; the portal's of Execute. */
  readonly name?: string;
  /** The SQL of Parse and Query, and of a Bind or Describe the SQL that its statement was parsed from. */
  readonly text?: string;
  /** Of startup: what the client wants the session to be. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Messages without a type byte, which begin a connection, by their request code. */
const REQUESTS = {
  196608: "startup",
  80877102: "cancel",
  80877103: "sslRequest",
  80877104: "gssRequest",
} as const;

const TYPES = {
  B: "bind",
  C: "close",
  D: "describe",
  E: "execute",
  F: "functionCall",
  H: "flush",
  P: "parse",
  Q: "query",
  S: "sync",
  X: "terminate",
  c: "copyDone",
  d: "copyData",
  f: "copyFail",
  p: "password",
} as const;

export type FrontendType = (typeof REQUESTS)[keyof typeof REQUESTS] | (typeof TYPES)[keyof typeof TYPES];

/** Cuts a stream of bytes into messages, whatever chunks they come in. */
class Framing {
  #bytes: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  /** One byte that is no message: the answer to an SSLRequest. */
  byte(): string | undefined {
    const [byte] = this.#take(1) ?? [];
    return byte === undefined ? undefined : String.fromCharCode(byte);
  }

  /** The next whole message without its length. */
  message(hasType: boolean): { type: string; body: Buffer } | undefined {
    const head = hasType ? 5 : 4;
    if (this.#bytes.length < head) return undefined;
    const length = this.#bytes.readInt32BE(head - 4);
    if (length < 4)
      throw new Error(`A message of ${length} bytes: this is not PostgreSQL's protocol, or it is encrypted.`);
    const message = this.#take(head - 4 + length);
    if (message === undefined) return undefined;
    return { type: hasType ? String.fromCharCode(message[0]!) : "", body: message.subarray(head) };
  }

  #take(length: number): Buffer | undefined {
    if (this.#bytes.length < length) return undefined;
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }
}

/** One connection's conversation, decoded while it passes. Plain text only. */
export class Conversation {
  readonly #client = new Framing();
  readonly #server = new Framing();
  readonly #texts = new Map<string, string>();
  #phase: "request" | "answer" | "messages" = "request";

  /** Whether the server has said ReadyForQuery for the first time: authentication is over. */
  isReady = false;

  /** What the client says in these bytes, and those kept from before. */
  *fromClient(chunk: Buffer): Generator<FrontendMessage> {
    this.#client.push(chunk);
    for (;;) {
      const message = this.#client.message(this.#phase === "messages");
      if (message === undefined) return;
      yield this.#phase === "messages" ? this.#decode(message.type, message.body) : this.#request(message.body);
    }
  }

  /** Follows what the server says. */
  fromServer(chunk: Buffer): void {
    this.#server.push(chunk);
    if (this.#phase === "answer" && this.#server.byte() !== undefined) this.#phase = "request";
    for (let message = this.#server.message(true); message !== undefined; message = this.#server.message(true)) {
      if (message.type !== "Z") continue;
      this.isReady = true;
    }
  }

  #request(body: Buffer): FrontendMessage {
    const code = body.readInt32BE(0);
    const type = REQUESTS[code as keyof typeof REQUESTS];
    if (type === undefined) throw new Error(`An unknown request, ${code}: this is not PostgreSQL's protocol.`);
    this.#phase = type === "startup" ? "messages" : type === "cancel" ? "request" : "answer";
    if (type !== "startup") return { type };
    const words = body.toString("utf8", 4).split("\0");
    const pairs = words.flatMap((word, i) => (i % 2 === 0 && word !== "" ? [[word, words[i + 1]!] as const] : []));
    return { type, parameters: Object.fromEntries(pairs) };
  }

  #decode(letter: string, body: Buffer): FrontendMessage {
    const type = TYPES[letter as keyof typeof TYPES];
    if (type === undefined) throw new Error(`An unknown message, ${letter}.`);
    switch (type) {
      case "query":
        return { type, text: strings(body)[0]! };
      case "parse": {
        const [name, text] = strings(body) as [string, string];
        this.#texts.set(name, text);
        return { type, name, text };
      }
      case "bind": {
        const name = strings(body)[1]!;
        return { type, name, text: this.#texts.get(name) ?? "" };
      }
      case "describe":
      case "close": {
        const name = strings(body.subarray(1))[0]!;
        const isStatement = body[0] === "S".charCodeAt(0);
        return isStatement ? { type, name, text: this.#texts.get(name) ?? "" } : { type, name };
      }
      case "execute":
        return { type, name: strings(body)[0]! };
      default:
        return { type };
    }
  }
}

/** The first two zero-terminated strings of a message. */
function strings(body: Buffer): string[] {
  const first = body.indexOf(0);
  const second = body.indexOf(0, first + 1);
  return [body.toString("utf8", 0, first), body.toString("utf8", first + 1, second === -1 ? first + 1 : second)];
}

/** A message with the number of the connection it was sent on, counted from 1. */
export type Sent = FrontendMessage & { readonly link: number };

/** What clients sent through a proxy since it was last emptied. */
export class Recording {
  readonly messages: Sent[] = [];

  clear(): void {
    this.messages.length = 0;
  }

  count(type: FrontendType): number {
    return this.messages.filter((message) => message.type === type).length;
  }

  /** What a client has to wait for: flights, each ended by a Sync, and simple queries. */
  get roundTrips(): number {
    return this.flights.length;
  }

  /** The flights of work that has been done three times before: what is prepared and learnt once is there by then. */
  async flightsOf(work: () => Promise<unknown>): Promise<readonly (readonly string[])[]> {
    for (let i = 0; i < 3; i++) await work();
    this.clear();
    await work();
    return this.flights;
  }

  /** The statements of each round trip, in the order in which they were bound. */
  get flights(): readonly (readonly string[])[] {
    const flights: string[][] = [];
    const open = new Map<number, string[]>();
    for (const { type, link, text = "" } of this.messages) {
      const flight = open.get(link) ?? [];
      open.set(link, flight);
      if (type === "bind" || type === "query") flight.push(text);
      if (type === "sync" || type === "query") {
        flights.push(flight);
        open.delete(link);
      }
    }
    return flights;
  }
}
