import { AsyncLocalStorage } from "node:async_hooks";
import { database as plugin } from "@hypertroq/database/fastify";
import Fastify from "fastify";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  BaseModel,
  closeDatabase,
  DatabaseManager,
  errors,
  getDb,
  getManager,
  initDatabase,
  insert,
  runInScope,
  type Session,
  select,
  varchar,
} from "../../src/index.ts";
import { beginTest, type TestTransaction } from "../../src/testing/index.ts";

class User extends BaseModel.define({ email: varchar(255).unique() }) {}

let database: TestDatabase;
let manager: DatabaseManager;
let test: TestTransaction;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`
    create table users (id uuid primary key, created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(), email varchar(255) not null unique);
    create table teams (id int primary key);
    create table members (team_id int not null references teams deferrable initially deferred,
      captain_of int references teams deferrable)`);
  manager = new DatabaseManager({ url: database.url });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});
beforeEach(async () => {
  test = await beginTest(manager, { timeout: 2 });
});
afterEach(async () => {
  await test.rollback().catch(() => {});
  expect(await rows()).toEqual([]); // whatever a test has done
  expect(manager.pool.status()).toMatchObject({ checkedOut: 0, waiting: 0 });
});

/** What others see. */
const rows = (): Promise<object[]> => database.query("select email from users union all select id::text from teams");
const emails = async (db: Pick<Session, "all"> = manager): Promise<string[]> =>
  (await db.all(select({ email: User.c.email }).from(User).orderBy(User.c.email))).map(({ email }) => email);
const add = async (db: Session, email: string): Promise<void> => void (await db.add(new User({ email })));
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe("what a test does", () => {
  it("is seen by all that it does afterwards, and by nobody else", async () => {
    await manager.session((db) => add(db, "a"));
    await manager.one(insert(User, { email: "b" }));
    await manager.retry((db) => add(db, "c"));
    await runInScope(manager, () => add(getDb(), "d"));
    const session = manager.open();
    await add(session, "e");
    await session.commit();
    expect(await emails()).toEqual(["a", "b", "c", "d", "e"]);
    expect(await manager.session((db) => emails(db))).toEqual(["a", "b", "c", "d", "e"]);
    expect(await rows()).toEqual([]);
  });

  it("is gone after it", async () => {
    await manager.session((db) => add(db, "a"));
    await test.rollback();
    expect(await emails()).toEqual([]);
  });

  it("is gone though the pool commits what is left open", async () => {
    const other = new DatabaseManager({ url: database.url, resetOnReturn: "commit" });
    const its = await beginTest(other);
    await other.session((db) => add(db, "a"));
    await its.rollback();
    await other.close();
    expect(await rows()).toEqual([]);
  });

  it("is in the database for good without one", async () => {
    await test.rollback();
    await manager.session((db) => add(db, "a"));
    expect(await rows()).toHaveLength(1);
    await database.query("delete from users");
  });
});

describe("an inner session", () => {
  it("that throws takes back what it did, and nothing else", async () => {
    await manager.session((db) => add(db, "a"));
    const failing = manager.session(async (db) => {
      await add(db, "b");
      await db.transaction(() => add(db, "c"));
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await emails()).toEqual(["a"]);
  });

  it("has savepoints of its own", async () => {
    await manager.session(async (db) => {
      await add(db, "a");
      const failing = db.transaction(async () => {
        await add(db, "b");
        await add(db, "a");
      });
      await expect(failing).rejects.toThrow(errors.UniqueViolation);
      await add(db, "c");
    });
    expect(await emails()).toEqual(["a", "c"]);
  });

  it("cannot commit when a statement in it failed and its error was swallowed", async () => {
    const swallowing = manager.session(async (db) => {
      await add(db, "a");
      await add(db, "a").catch(() => {});
    });
    await expect(swallowing).rejects.toThrow(errors.TransactionRolledBack);
    await manager.session((db) => add(db, "b"));
    expect(await emails()).toEqual(["b"]);
  });

  it("runs what was given to afterCommit when it commits, and to afterRollback when it does not", async () => {
    const ran: string[] = [];
    await manager.session(async (db) => {
      await add(db, "a");
      db.afterCommit(() => void ran.push("committed"));
      db.afterRollback(() => void ran.push("wrong"));
    });
    expect(ran).toEqual(["committed"]);
    const failing = manager.session(async (db) => {
      await add(db, "b");
      db.afterRollback(() => void ran.push("rolled back"));
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(ran).toEqual(["committed", "rolled back"]);
  });

  it("keeps its settings to itself", async () => {
    const context = { "app.user_id": "7" };
    const settings = async (db: { sql: Session["sql"] }) =>
      (
        await db.sql`select current_setting('app.user_id', true) as id, current_setting('statement_timeout') as most`
      )[0];
    expect(await manager.session(settings, { context, statementTimeout: 5 })).toEqual({ id: "7", most: "5s" });
    expect(await manager.session(settings)).toEqual({ id: "", most: "0" }); // as on a pool's connection: empty, not null
    expect(await manager.session(settings, { context: { "app.user_id": "8" } })).toEqual({ id: "8", most: "0" });
    await expect(manager.session(() => Promise.reject(new Error("no")), { context })).rejects.toThrow("no");
    expect(await settings(manager)).toEqual({ id: "", most: "0" });
  });

  it("that is read-only may not write, and the next one may", async () => {
    await expect(manager.session((db) => add(db, "a"), { readOnly: true })).rejects.toThrow(errors.ReadOnlyTransaction);
    await manager.session(async (db) => void (await db.sql`select 1`), { readOnly: true });
    await manager.session((db) => add(db, "b"));
    expect(await emails()).toEqual(["b"]);
  });

  it("checks deferred constraints at its commit", async () => {
    const dangling = manager.session((db) => db.sql`insert into members values (1)`);
    await expect(dangling).rejects.toThrow(errors.ForeignKeyViolation);
    await manager.session(async (db) => {
      await db.sql`set constraints all deferred`;
      await db.sql`insert into members values (1, 1)`;
      await db.sql`insert into teams values (1)`;
    });
    // The one is deferred again, the other not.
    await manager.session(async (db) => {
      await db.sql`insert into members values (2)`;
      await db.sql`insert into teams values (2)`;
    });
    const immediate = manager.session((db) => db.sql`insert into members values (1, 3)`);
    await expect(immediate).rejects.toThrow(errors.ForeignKeyViolation);
    await expect(manager.sql`insert into members values (4)`).rejects.toThrow(errors.ForeignKeyViolation);
    expect(await manager.sql`select team_id from members order by 1`).toEqual([{ team_id: 1 }, { team_id: 2 }]);
  });

  it("is cancelled by its signal", async () => {
    const controller = new AbortController();
    const sleeping = manager.session((db) => db.sql`select pg_sleep(60)`, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await expect(sleeping).rejects.toThrow(errors.QueryCanceled);
    await manager.session((db) => add(db, "a"));
    expect(await emails()).toEqual(["a"]);
  });
});

describe("streams and COPY", () => {
  const three = ["a", "b", "c"];
  const newUsers = three.map((email) => ({ email }));

  it("are in the test, too, in a session and on the manager", async () => {
    expect(await manager.copyIn(User, newUsers)).toBe(3);
    const read: string[] = [];
    for await (const { email } of manager.stream(select(User).orderBy(User.c.email), { batch: 2 })) read.push(email);
    await manager.session(async (db) => {
      for await (const user of db.stream(select(User).orderBy(User.c.email), { batch: 2 })) {
        user.email += "2";
        await db.save(user);
      }
    });
    expect(read).toEqual(three);
    expect(await emails()).toEqual(["a2", "b2", "c2"]);
    const chunks: Buffer[] = [];
    for await (const chunk of manager.copyOut(select({ email: User.c.email }).from(User).orderBy(User.c.email)))
      chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe("a2\nb2\nc2\n");
  });

  it("that fail take back what they did", async () => {
    await manager.session((db) => add(db, "c"));
    await expect(manager.copyIn(User, newUsers)).rejects.toThrow(errors.UniqueViolation);
    expect(await emails()).toEqual(["c"]);
  });

  it("that are left early leave the connection to the next", async () => {
    await manager.copyIn(User, newUsers);
    for await (const _ of manager.stream(select(User), { batch: 1 })) break;
    for await (const _ of manager.copyOut(select(User))) break;
    expect(await emails()).toEqual(three);
  });

  it("on the manager keep others waiting: a statement in the loop is refused", async () => {
    await manager.copyIn(User, newUsers);
    const loop = async (): Promise<void> => {
      for await (const _ of manager.stream(select(User), { batch: 1 })) await emails();
    };
    await expect(loop()).rejects.toThrow(/waited 2 s/);
    expect(await emails()).toEqual(three);
  });
});

it("the application's manager is one like others", async () => {
  const application = await initDatabase({ url: database.url });
  const its = await beginTest(application);
  await getManager().session((db) => add(db, "a"));
  expect(await emails(getManager())).toEqual(["a"]);
  await its.rollback();
  await closeDatabase();
});

it("a statement on the manager that fails takes nothing else back", async () => {
  await manager.one(insert(User, { email: "a" }));
  const several = ["b", "a", "c"].map((email) => manager.one(insert(User, { email })));
  const outcomes = await Promise.allSettled(several);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await emails()).toEqual(["a", "b", "c"]);
});

describe("sessions at the same time", () => {
  it("run one after another, in the order of their first statements that need a transaction", async () => {
    const order: string[] = [];
    const work = (name: string) => async (db: Session) => {
      await add(db, `${name}1`);
      order.push(name);
      await pause();
      await add(db, `${name}2`);
      order.push(name);
      if (name === "b") throw new Error("no");
    };
    const all = await Promise.allSettled(["a", "b", "c"].map((name) => manager.session(work(name))));
    expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(order.join("")).toBe("aabbcc");
    expect(await emails()).toEqual(["a1", "a2", "c1", "c2"]);
  });

  it("and statements on the manager wait for one that is open", async () => {
    const seen = await Promise.all([
      manager.session(async (db) => {
        await add(db, "a");
        await pause();
        await add(db, "b");
      }),
      pause().then(() => emails()),
    ]);
    expect(seen[1]).toEqual(["a", "b"]);
  });

  it("that wait for each other are refused, saying why, and the connection is of use again", async () => {
    let open = (): void => {};
    const isOpen = new Promise<void>((resolve) => {
      open = resolve;
    });
    const first = manager.session(async (db) => {
      await add(db, "a");
      open();
      await second; // which waits for this one
    });
    const second = isOpen.then(() => manager.session((db) => add(db, "b")));
    await expect(second).rejects.toThrow(
      /waited 2 s for another one of the same test.*cloneDatabase.*It last ran: insert into "users"/,
    );
    await expect(first).rejects.toThrow(errors.DefinitionError);
    await manager.session((db) => add(db, "c"));
    expect(await emails()).toEqual(["c"]);
  });

  it("stop waiting when their signal is aborted", async () => {
    const hand = manager.open();
    await add(hand, "a");
    const controller = new AbortController();
    const waiting = manager.session((db) => add(db, "b"), { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await expect(waiting).rejects.toThrow("enough");
    await hand.commit();
    expect(await emails()).toEqual(["a"]);
  });
});

describe("a session inside of another one", () => {
  it("is a savepoint in it, and the outer one goes on after it", async () => {
    await manager.session(async (db) => {
      await add(db, "a");
      await expect(
        manager.session(async (inner) => {
          await add(inner, "b");
          throw new Error("no");
        }),
      ).rejects.toThrow("no");
      await manager.session((inner) => add(inner, "c"));
      await manager.one(insert(User, { email: "d" }));
      await add(db, "e");
    });
    expect(await emails()).toEqual(["a", "c", "d", "e"]);
  });

  it("makes the outer one's statements wait", async () => {
    await manager.session(async (db) => {
      await add(db, "a");
      const inner = manager.session(async (other) => {
        await add(other, "b");
        await pause();
        throw new Error("no");
      });
      await Promise.all([expect(inner).rejects.toThrow("no"), pause().then(() => add(db, "c"))]);
    });
    expect(await emails()).toEqual(["a", "c"]);
  });

  it("that was opened by hand comes before the outer one's statements, too", async () => {
    await manager.session(async (db) => {
      await add(db, "a");
      const hand = manager.open();
      await add(hand, "b");
      const next = add(db, "c");
      await pause();
      await hand.rollback();
      await next;
    });
    expect(await emails()).toEqual(["a", "c"]);
  });

  it("that had committed, and is taken back with the outer one, fails the test: on a pool it would stay", async () => {
    const failing = manager.session(async (db) => {
      await add(db, "a");
      await manager.session((inner) => add(inner, "b"));
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await expect(test.rollback()).rejects.toThrow(/committed inside of it.*cloneDatabase/);
  });

  it("and a statement on the manager is, too", async () => {
    const failing = manager.session(async (db) => {
      await add(db, "a");
      await manager.session(async (inner) => {
        await inner.sql`select 1`;
        await manager.one(insert(User, { email: "b" }));
      });
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await expect(test.rollback()).rejects.toThrow(errors.DefinitionError);
  });

  it("that has only read does not fail it", async () => {
    const failing = manager.session(async (db) => {
      await add(db, "a");
      await manager.session((inner) => inner.sql`select 1`);
      expect(await emails()).toEqual(["a"]);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await test.rollback();
  });

  it("that nobody waited for goes with it", async () => {
    let inner: Promise<void> = Promise.resolve();
    let goOn = (): void => {};
    const failing = manager.session(async (db) => {
      await add(db, "a");
      inner = manager.session(async (other) => {
        await add(other, "b");
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        await add(other, "c");
      });
      await pause();
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    goOn();
    await expect(inner).rejects.toThrow(errors.TransactionEnded);
    expect(await emails()).toEqual([]);
  });
});

describe("the requests of an application", () => {
  async function app() {
    const fastify = Fastify();
    await fastify.register(plugin, { manager });
    fastify.post("/users/:email", async (request) => {
      const { email } = request.params as { email: string };
      await add(getDb(), email);
      const known = await emails(); // on the manager, inside of the request's session
      if (email === "refused") throw new Error("no");
      await add(getDb(), `${email}2`);
      return known;
    });
    return fastify;
  }

  it("are sessions like others", async () => {
    const fastify = await app();
    const answer = await fastify.inject({ method: "POST", url: "/users/a" });
    expect(answer.json()).toEqual(["a"]);
    expect((await fastify.inject({ method: "POST", url: "/users/refused" })).statusCode).toBe(500);
    expect(await emails()).toEqual(["a", "a2"]);
    await fastify.close();
  });

  it("at the same time take turns, over sockets too", async () => {
    const fastify = await app();
    const url = await fastify.listen({ host: "127.0.0.1", port: 0 });
    const names = ["a", "b", "refused", "c"];
    const answers = await Promise.all(names.map((name) => fetch(`${url}/users/${name}`, { method: "POST" })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 500, 200]);
    expect(await emails()).toEqual(["a", "a2", "b", "b2", "c", "c2"]);
    await fastify.close();
  });

  it("may be made in a session of the test's own", async () => {
    const fastify = await app();
    await manager.session(async (db) => {
      await add(db, "arranged");
      const answer = await fastify.inject({ method: "POST", url: "/users/a" });
      expect(answer.json()).toEqual(["a", "arranged"]);
    });
    await fastify.close();
  });
});

describe("the end of a test", () => {
  it("ends sessions that have not ended: they never write to the database for good", async () => {
    const [used, unused] = [manager.open(), manager.open()];
    await add(used, "a");
    await test.rollback();
    await expect(add(used, "b")).rejects.toThrow(/rolled back. Was an await forgotten/);
    await expect(add(unused, "b")).rejects.toThrow(/rolled back. Was an await forgotten/);
    await Promise.all([used.rollback(), unused.rollback()]);
    const [last] = await database.query("select query from pg_stat_activity where datname = $1 and query <> $2", [
      database.name,
      "select query from pg_stat_activity where datname = $1 and query <> $2",
    ]);
    expect(last).toEqual({ query: "rollback" }); // the test's, after which nothing was sent
  });

  it("ends the waiting of those that wait for others", async () => {
    const hand = manager.open();
    await add(hand, "a");
    const waiting = manager.session((db) => add(db, "b"));
    await Promise.all([expect(waiting).rejects.toThrow(/Was an await forgotten/), pause().then(() => test.rollback())]);
    await hand.rollback();
  });

  it("cancels what is running", async () => {
    const running = manager.session((db) => db.sql`select pg_sleep(60)`);
    running.catch(() => {});
    await pause();
    await test.rollback();
    await expect(running).rejects.toThrow(errors.QueryCanceled);
  });

  it("comes once", async () => {
    await manager.session((db) => add(db, "a"));
    await Promise.all([test.rollback(), test.rollback()]);
    const next = await beginTest(manager);
    await test.rollback();
    await manager.session((db) => add(db, "b"));
    expect(await rows()).toEqual([]);
    await next[Symbol.asyncDispose]();
  });

  it("is not forgotten: the next one cannot begin before", async () => {
    await expect(beginTest(manager)).rejects.toThrow(/A test is under way on this manager already/);
  });

  it("goes well though the connection was lost, and the next test has another one", async () => {
    const [{ pid }] = (await manager.sql<{ pid: number }>`select pg_backend_pid() as pid`) as [{ pid: number }];
    await database.query("select pg_terminate_backend($1)", [pid]);
    await expect(manager.session((db) => add(db, "a"))).rejects.toThrow(errors.ConnectionLost);
    await expect(manager.session((db) => add(db, "a"))).rejects.toThrow(/connection of the test was lost/);
    await test.rollback();
    test = await beginTest(manager);
    await manager.session((db) => add(db, "b"));
    expect(await emails()).toEqual(["b"]);
  });
});

it("begins on a connection that died in the pool", async () => {
  await test.rollback();
  const [{ pid }] = (await manager.sql<{ pid: number }>`select pg_backend_pid() as pid`) as [{ pid: number }];
  await database.query("select pg_terminate_backend($1)", [pid]);
  test = await beginTest(manager);
  await manager.session((db) => add(db, "a"));
  expect(await emails()).toEqual(["a"]);
});

it("leaves the context of what it runs alone", async () => {
  const storage = new AsyncLocalStorage<string>();
  await storage.run("mine", () =>
    manager.session(async (db) => {
      expect(storage.getStore()).toBe("mine");
      await add(db, "a");
      expect(storage.getStore()).toBe("mine");
    }),
  );
});

it("refuses a timeout that is none, and leaves the manager as it was", async () => {
  await test.rollback();
  await expect(beginTest(manager, { timeout: -1 })).rejects.toThrow(errors.SettingsError);
  test = await beginTest(manager);
});
