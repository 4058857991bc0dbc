import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  type CredentialsFunction,
  type CredentialsRequest,
  DatabaseManager,
  type DatabaseOptions,
  errors,
} from "../../src/index.ts";

const USERS = ["rotated_a", "rotated_b"];

let database: TestDatabase;
let url: string;
const managers: DatabaseManager[] = [];
const logged: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  for (const user of USERS) await database.query(`create role ${user} login`);
  const plain = new URL(database.url);
  plain.username = USERS[0]!;
  plain.password = "";
  url = plain.href;
});
beforeEach(async () => {
  logged.length = 0;
  for (const user of USERS) await rotate(user, `first-of-${user}`);
});
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.close({ timeout: 0 })));
});
afterAll(async () => {
  await database.query(`drop role ${USERS.join(", ")}`);
  await database.drop();
});

const rotate = (user: string, password: string) => database.query(`alter role ${user} password '${password}'`);

function manage(credentials: CredentialsFunction, options: Partial<DatabaseOptions> = {}): DatabaseManager {
  const log = (...words: unknown[]): void => void logged.push(inspect(words, { depth: 9 }));
  const logger = { debug: log, info: log, warn: log, error: log };
  const manager = new DatabaseManager({
    url,
    poolSize: 3,
    connectRetry: 0,
    slowQueryMs: -1,
    credentials,
    logger,
    ...options,
  });
  managers.push(manager);
  return manager;
}

/** Who a new connection is. */
async function userOf(manager: DatabaseManager): Promise<unknown> {
  manager.pool.invalidate();
  const [row] = await manager.sql<{ user: string }>`select current_user as user`;
  return row!.user;
}

describe("credentials from a function", () => {
  it("are asked for by each connection, with what they are for", async () => {
    const asked: CredentialsRequest[] = [];
    const manager = manage((request) => {
      asked.push(request);
      return "first-of-rotated_a";
    });
    expect(await userOf(manager)).toBe("rotated_a");
    expect(asked).toHaveLength(1);
    const { hostname, port } = new URL(url);
    expect(asked[0]).toMatchObject({ host: hostname, port: Number(port), user: "rotated_a", database: database.name });
    await rotate("rotated_a", "second");
    await expect(userOf(manager)).rejects.toMatchObject({ code: "CONNECTION_FAILED", sqlState: "28P01" });
    expect(asked).toHaveLength(2);
  });

  it("may name another user, and be kept for as long as they say", async () => {
    let asked = 0;
    const manager = manage(async () => {
      asked += 1;
      return { user: "rotated_b", password: "first-of-rotated_b", validFor: 3 };
    });
    for (let i = 0; i < 3; i++) expect(await userOf(manager)).toBe("rotated_b");
    expect(asked).toBe(1);
    await expect
      .poll(async () => {
        expect(await userOf(manager)).toBe("rotated_b");
        return asked;
      })
      .toBe(2);
  });

  it("that were kept and are refused are asked for once more, and nobody sees an error", async () => {
    const passwords = ["first-of-rotated_a", "second", "third"];
    let asked = 0;
    const manager = manage(() => ({ password: passwords[asked++]!, validFor: 3600 }));
    expect(await userOf(manager)).toBe("rotated_a");
    await rotate("rotated_a", "second");
    expect(await userOf(manager)).toBe("rotated_a");
    expect(asked).toBe(2);
    await rotate("rotated_a", "neither");
    await expect(userOf(manager)).rejects.toMatchObject({ sqlState: "28P01" });
    expect(asked).toBe(3);
    await rotate("rotated_a", "third");
    passwords.push("third");
    expect(await userOf(manager)).toBe("rotated_a");
    expect(asked).toBe(4);
  });

  it("go before those of the URL", async () => {
    const wrong = new URL(url);
    wrong.password = "wrong";
    const manager = manage(() => "first-of-rotated_a", { url: wrong.href });
    expect(await userOf(manager)).toBe("rotated_a");
  });

  it("are waited for as long as connecting may take, and no longer than somebody wants them", async () => {
    const signals: AbortSignal[] = [];
    const manager = manage(
      ({ signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
      { connectTimeout: 0.2 },
    );
    await expect(userOf(manager)).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
      message: expect.stringContaining("no answer within 0.2 s"),
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it("whose function fails are tried again like a server that is away", async () => {
    let asked = 0;
    const flaky: CredentialsFunction = () => {
      if (++asked < 3) throw new RangeError("the token service is away, token=s3cret");
      return "first-of-rotated_a";
    };
    expect(await userOf(manage(flaky, { connectRetry: 5 }))).toBe("rotated_a");
    expect(asked).toBe(3);
    asked = 0;
    const error = await userOf(manage(flaky)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "CONNECTION_FAILED", isTransient: true, cause: expect.any(RangeError) });
    expect((error as Error).message).toContain("the function given as credentials failed (RangeError)");
    expect((error as Error).message).not.toContain("s3cret");
  });

  it.each([
    [undefined],
    [""],
    ["a\0b"],
    [{ password: 5 }],
    [{ password: "x", validFor: -1 }],
    [{ password: "x", user: "" }],
  ])("cannot be %j", async (answer) => {
    const error = await userOf(manage(() => answer as never)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(errors.SettingsError);
    expect((error as Error).message).toContain("credentials must return a password");
  });

  it("must come from a function", () => {
    expect(() => manage("secret" as never)).toThrow("credentials must be a function");
  });

  it("are in nothing that is logged, thrown or printed", async () => {
    const manager = manage(() => ({ password: "s3cret-and-wrong", validFor: 60 }), { echo: true });
    const error = await userOf(manager).catch((reason: unknown) => reason);
    const printed = inspect([error, manager, manager.pool, logged], { depth: 9, showHidden: true });
    expect(printed).not.toContain("s3cret");
    const good = manage(() => ({ password: "first-of-rotated_a", validFor: 60 }), { echo: true });
    await good.session(async (db) => {
      await db.sql`select 1`;
      expect(inspect([db, good, logged], { depth: 9, showHidden: true })).not.toContain("first-of");
    });
  });
});
