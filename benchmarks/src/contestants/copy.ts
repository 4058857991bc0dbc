import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { PoolClient } from "pg";
import { from } from "pg-copy-streams";
import type { Client, Contestant, Open, Sample } from "../client.ts";
import { inTransaction, pools } from "./pg.ts";

/** How many lines go to the stream at a time. */
const LINES = 500;

/** Lines of COPY's text format (PostgreSQL, COPY, "File Formats"). */
function* lines(samples: readonly Sample[]): Generator<string> {
  for (let start = 0; start < samples.length; start += LINES) {
    yield samples
      .slice(start, start + LINES)
      .map(line)
      .join("");
  }
}

const line = ({ id, label, amount, score, takenAt, isValid }: Sample): string =>
  `${id}\t${escaped(label)}\t${amount}\t${score}\t${takenAt.toISOString()}\t${isValid}\n`;

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function escaped(text: string): string {
  return /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!) : text;
}

async function store(client: PoolClient, samples: readonly Sample[]): Promise<void> {
  const copy = "copy samples (id, label, amount, score, taken_at, is_valid) from stdin";
  await pipeline(Readable.from(lines(samples)), client.query(from(copy)));
}

const transaction: Open = (url, connections): Client => {
  const { pool, close } = pools(url, connections);
  return {
    insert1000: (samples) => inTransaction(pool, (client) => store(client, samples)),
    insert100000: (samples) => inTransaction(pool, (client) => store(client, samples)),
    close,
  };
};

const autocommit: Open = (url, connections): Client => ({ close: pools(url, connections).close });

/** COPY FROM STDIN by hand on node-postgres: the fastest way into PostgreSQL that there is. */
export const copy: Contestant = { package: "pg-copy-streams", transaction, autocommit };
