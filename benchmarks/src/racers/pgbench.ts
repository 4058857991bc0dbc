import { execFile, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import type { Semantics, WorkName } from "../client.ts";
import { ROWS } from "../database.ts";
import type { Pace, Sample } from "../measure.ts";
import type { Input } from "../works/work.ts";
import type { Course, LeftOut, Racer } from "./racer.ts";

const NAME = "pgbench";

const USER = `select id, email, hashed_password, full_name, is_active, is_superuser, created_at, updated_at
  from users where email = 'user' || :user || '@example.com'`;
const ACCOUNT = (id: string): string => `select id, owner, balance from accounts where id = ${id}`;
const ADD = (id: string, sign: "+" | "-"): string =>
  `update accounts set balance = balance ${sign} :amount where id = ${id} returning id, owner, balance`;
const STORE = `insert into entries (id, account_id, amount) values (gen_random_uuid(), :from, :amount)
  returning id, account_id, amount, created_at, updated_at`;
const FIVE = [ACCOUNT(":from"), ACCOUNT(":to"), ADD(":from", "-"), ADD(":to", "+"), STORE];

const STATEMENTS: { readonly [Name in WorkName]?: readonly string[] } = {
  read: [USER],
  write: [STORE],
  five: FIVE,
  together: FIVE,
};

const WORKS: Readonly<Record<Semantics, readonly WorkName[]>> = {
  transaction: ["read", "write", "five", "together"],
  autocommit: ["read", "write"],
};

const RANDOM = `\\set user random(1, ${ROWS})
\\set from random(1, ${ROWS - 1})
\\set to random(:from + 1, ${ROWS})
\\set amount random(1, 100)
`;

/** PostgreSQL's own benchmark, in C with prepared statements on one thread: what the server can do for one core of client. */
export async function startPgbench(semantics: Semantics, { url }: Course): Promise<Racer | LeftOut> {
  let version: string;
  try {
    const { stdout } = await promisify(execFile)("pgbench", ["--version"]);
    version = /\d+(\.\d+)*/.exec(stdout)?.[0] ?? stdout.trim();
  } catch {
    return { name: NAME, reason: "there is no pgbench: apt-get install postgresql-contrib" };
  }
  const { hostname, port, username, password, pathname } = new URL(url);
  const env = {
    ...process.env,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
  };
  const pgbench = async (script: string, words: readonly string[]): Promise<string> => {
    const child = spawn("pgbench", ["-n", "-M", "prepared", ...words, "-f", "-"], { env });
    child.stdin.end(script);
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const processed = Number(/transactions actually processed: (\d+)/.exec(output)?.[1] ?? 0);
    if (processed === 0 || /aborted|ERROR/.test(errors)) throw new Error(`pgbench failed: ${errors}${output}`);
    return output;
  };

  return {
    name: NAME,
    semantics,
    version,
    works: WORKS[semantics],
    once: async (work, input) => {
      const variables = Object.entries(variablesFor(input)).flatMap(([name, value]) => ["-D", `${name}=${value}`]);
      return shown(await pgbench(script(work, semantics, "once"), [...variables, "-t", "1"]));
    },
    run: async (work: WorkName, { concurrency, seconds }: Pace): Promise<Sample> => {
      const duration = `${Math.ceil(seconds)}`; // in whole seconds
      const clients = ["-c", `${concurrency}`, "-j", "1"];
      const output = await pgbench(RANDOM + script(work, semantics, "often"), [...clients, "-T", duration]);
      const operations = Number(/transactions actually processed: (\d+)/.exec(output)![1]);
      const perSecond = Number(/tps = ([\d.]+) \(without initial connection time\)/.exec(output)![1]);
      return { operations, seconds: operations / perSecond };
    },
    close: async () => {},
  };
}

/**
 * pgbench keeps results to itself, but for `\gset`, which fails unless one row came, and `\shell`. A pipeline has no
 * `\gset`, so that of a written row reads it once more.
 */
function script(work: WorkName, semantics: Semantics, how: "once" | "often"): string {
  const statements = STATEMENTS[work]!.map((statement) => `${statement};\n`);
  const pipeline = work === "together" ? ["\\startpipeline\n", ...statements, "\\endpipeline\n"] : statements;
  const body = (semantics === "transaction" ? ["begin;\n", ...pipeline, "commit;\n"] : pipeline).join("");
  if (how === "often") return body;
  if (work === "read") {
    return `${body.replace(`${USER};`, `${USER} \\gset`)}\\shell echo row= :id / :full_name / :is_active / :created_at\n`;
  }
  const row = "select id, account_id, amount, created_at from entries \\gset\n";
  return `${body}${row}\\shell echo row= :id / :account_id / :amount / :created_at\n`;
}

/** What `\shell` printed, as other contestants return it. */
function shown(output: string): unknown {
  const [id, second, third, created_at] = /^row= (.*)$/m.exec(output)![1]!.split(" / ");
  return third === "t"
    ? { id, full_name: second, is_active: true, created_at }
    : { id, account_id: Number(second), amount: Number(third), created_at };
}

function variablesFor(input: Input<WorkName>): Readonly<Record<string, number>> {
  if (input === undefined) return {};
  if ("email" in input) return { user: Number(/\d+/.exec(input.email)![0]) };
  if ("accountId" in input) return { from: input.accountId, amount: input.amount };
  if ("from" in input) return { from: input.from, to: input.to, amount: input.amount };
  return {};
}
