import type { Connection } from "../connection/connection.ts";
import { splitStatements } from "../migrations/operations/split-statements.ts";

/** How many statements are sent in one round trip. */
const TOGETHER = 100;

const OWNERSHIP =
  /^(?:alter\s[^;]*\sowner\s+to\s|grant\s|revoke\s|alter\s+default\s+privileges\s|(?:re)?set\s+session\s+authorization)/i;
/** PostgreSQL before 17 does not know it. It is off anyhow. */
const TOO_NEW = /^set transaction_timeout = 0$/i;
/** Comments before a statement, in which pg_dump says what it makes. */
const LEAD = /^(?:\s|--[^\n]*(?:\n|$))*/;
const HEADING = /^-- Name: (.*?); Type: (.*?);/m;

interface Statement {
  readonly text: string;
  /** What it makes, without its text, which may hold a password. */
  readonly what: string;
}

/** Statements of a schema, in their order. */
export interface Script {
  /**
   * @param at is told what is made.
   * @throws what the server refuses a statement with, after `at` was told which one it was.
   */
  run(connection: Connection, at: (place: string) => void, signal?: AbortSignal): Promise<void>;
}

/** @param sql as pg_dump writes it. @param owners whether owners and privileges are part of it. */
export function scriptOf(sql: string, owners: boolean): Script {
  const statements: Statement[] = [];
  let what = "the schema";
  for (const { text } of splitStatements(sql)) {
    const [, name, type] = HEADING.exec(text) ?? [];
    if (name !== undefined) what = `${type?.toLowerCase()} ${name}`;
    const bare = text.replace(LEAD, "");
    if (TOO_NEW.test(bare) || (!owners && OWNERSHIP.test(bare))) continue;
    statements.push({ text: bare, what });
  }
  return {
    run: async (connection, at, signal) => {
      for (let from = 0; from < statements.length; from += TOGETHER) {
        const some = statements.slice(from, from + TOGETHER);
        at(some[0]!.what);
        const steps = some.map(({ text }) => ({ text, values: [], once: true }));
        const { results, failure } = await connection.fly(steps, signal);
        if (failure === undefined) continue;
        at(some[results.length]?.what ?? what);
        throw failure;
      }
    },
  };
}
