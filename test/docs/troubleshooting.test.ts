import { createServer } from "node:net";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { inject, test } from "vitest";
import { BaseModel, DatabaseManager, getDb, type Session, select } from "../../packages/database/src/index.ts";
import { blocksOf } from "./blocks.ts";
import { isLike } from "./printed.ts";

const shown = blocksOf("docs/troubleshooting.md")
  .filter(({ language }) => language === "text")
  .flatMap(({ text }) => text.trimEnd().split("\n"));

/** The server's URL, with parts of it changed. */
const url = (changes: Partial<URL> = {}): string => Object.assign(new URL(inject("serverUrl")), changes).href;

async function ask(at: string, options: { readonly connectTimeout?: number } = {}): Promise<void> {
  const manager = new DatabaseManager({ url: at, connectRetry: 0.1, ...options });
  try {
    await manager.sql`select 1`;
  } finally {
    await manager.close({ timeout: 0 });
  }
}

async function withManager(
  work: (manager: DatabaseManager) => Promise<unknown>,
  options: Partial<ConstructorParameters<typeof DatabaseManager>[0]> = {},
): Promise<void> {
  const manager = new DatabaseManager({ url: url(), ...options });
  try {
    await work(manager);
  } finally {
    await manager.close({ timeout: 0 });
  }
}

class Ghost extends BaseModel.define({}) {}

const SEEN: Readonly<Record<string, () => unknown>> = {
  "nothing listens": () => ask(url({ port: "1" })),
  "an unknown host": () => ask(url({ hostname: "db.invalid" })),
  "no answer": async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { readonly port: number };
    await ask(url({ port: String(port) }), { connectTimeout: 0.1 }).finally(() => silent.close());
  },
  "a wrong password": () => ask(url({ password: "wrong" })),
  "a database that is not there": () => ask(url({ pathname: "/nowhere" })),
  "a server without TLS": () => ask(url({ search: "?sslmode=require" })),
  "settings that cannot be used": () => ask("mysql://host/app"),
  "a table that is not there": () => withManager((manager) => manager.all(select(Ghost))),
  "a pool that is used up": () =>
    withManager(
      (manager) =>
        manager.session(async (db) => {
          await db.sql`select 1`;
          await manager.sql`select 1`;
        }),
      { poolSize: 1, poolTimeout: 0.1 },
    ),
  "a lock": () =>
    withManager(
      (manager) =>
        manager.session(async (db) => {
          await db.sql`select pg_advisory_xact_lock(4711)`;
          await manager.sql`select pg_advisory_lock(4711)`;
        }),
      { lockTimeout: 0.1 },
    ),
  "a slow statement": () => withManager((manager) => manager.sql`select pg_sleep(9)`, { statementTimeout: 0.1 }),
  "no session": () => getDb(),
  "a session that has ended": () =>
    withManager(async (manager) => {
      let kept: Session | undefined;
      await manager.session(async (db) => {
        kept = db;
      });
      await kept!.sql`select 1`;
    }),
  "a port that is taken": () => EmbeddedPostgres.start({ port: Number(new URL(inject("serverUrl")).port) }),
};

test.each(Object.entries(SEEN))("%s: what is seen is what the page shows", async (_, see) => {
  const error: Error & { readonly code?: string } = await Promise.resolve()
    .then(see)
    .then(
      () => new Error("nothing failed"),
      (error) => error,
    );
  const [line] = `${error.code}: ${error.message}`.split("\n");
  if (!shown.some((one) => isLike(one, line!))) throw new Error(`The page does not show: ${line}`);
});
