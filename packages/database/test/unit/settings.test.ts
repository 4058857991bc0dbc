import { describe, expect, it } from "vitest";
import { optionsFromSettings } from "../../src/connection/options.ts";
import { SettingsError } from "../../src/errors.ts";
import { DatabaseManager } from "../../src/session/manager.ts";
import { DATABASE_SETTINGS, type Environment, readSettings } from "../../src/settings.ts";

const DATABASE_URL = "postgresql+asyncpg://postgres:postgres@localhost:5433/hypertoq";
const read = (env: Environment) => readSettings(DATABASE_SETTINGS, { DATABASE_URL, ...env });
const problems = (env: Environment): readonly string[] => {
  try {
    read(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

describe("DatabaseManager's options", () => {
  it("accept what the settings accept, and are checked before anything is opened", () => {
    const open = () =>
      new DatabaseManager({ url: "nope", poolSize: -3, poolTimeout: Number.NaN, sslMode: "on" as never });
    expect(open).toThrow(
      expect.objectContaining({
        problems: [
          expect.stringMatching(/^url is not a database URL/),
          "poolSize must be a whole number, at least 0, not -3",
          "poolTimeout must be a number, at least 0, at most 2147483, not NaN",
          'sslMode must be one of disable, prefer, require, verify-ca, verify-full, not "on"',
        ],
      }),
    );
  });
});

describe("readSettings", () => {
  it("has the seed's defaults", () => {
    expect(optionsFromSettings(read({}))).toEqual({
      url: DATABASE_URL,
      poolSize: 20,
      maxOverflow: 0,
      poolTimeout: 30,
      poolRecycle: 3600,
      prePing: true,
      startTimeout: 10,
      statementTimeout: 0,
      lockTimeout: 0,
      statementCacheSize: 512,
      echo: false,
      slowQueryMs: 200,
      replicaMaxLag: 10,
    });
  });

  it.each([
    [{ DB_POOL_SIZE: "5" }, { DB_POOL_SIZE: 5 }],
    [{ DB_POOL_SIZE: " 5 " }, { DB_POOL_SIZE: 5 }],
    [{ DB_POOL_SIZE: "" }, { DB_POOL_SIZE: 20 }],
    [{ DB_MAX_OVERFLOW: "-1" }, { DB_MAX_OVERFLOW: -1 }],
    [{ DB_POOL_TIMEOUT: "0.5" }, { DB_POOL_TIMEOUT: 0.5 }],
    [{ DB_POOL_RECYCLE: "-1" }, { DB_POOL_RECYCLE: -1 }],
    [{ DB_POOL_RECYCLE: "0.5" }, { DB_POOL_RECYCLE: 0.5 }],
    [{ DB_ECHO: "True" }, { DB_ECHO: true }],
    [{ DB_ECHO: "1" }, { DB_ECHO: true }],
    [{ DB_SLOW_QUERY_MS: "-1" }, { DB_SLOW_QUERY_MS: -1 }],
    [{ DB_SLOW_QUERY_MS: "" }, { DB_SLOW_QUERY_MS: 200 }],
    [{ DB_POOL_PRE_PING: "off" }, { DB_POOL_PRE_PING: false }],
    [{ DB_SSL_MODE: "verify-full", DB_SSL_ROOT_CERT: "/ca.pem" }, { DB_SSL_MODE: "verify-full" }],
  ])("reads %j", (env, expected) => {
    expect(read(env)).toMatchObject(expected);
  });

  it.each([
    [{ DB_POOL_SIZE: "2.5" }, "DB_POOL_SIZE must be a whole number, at least 0, not 2.5"],
    [{ DB_POOL_SIZE: "-1" }, "DB_POOL_SIZE must be a whole number, at least 0, not -1"],
    [{ DB_POOL_SIZE: "many" }, 'DB_POOL_SIZE must be a whole number, at least 0, not "many"'],
    [{ DB_POOL_SIZE: "1e3" }, 'DB_POOL_SIZE must be a whole number, at least 0, not "1e3"'],
    [{ DB_MAX_OVERFLOW: "-2" }, "DB_MAX_OVERFLOW must be a whole number, at least -1, not -2"],
    [{ DB_POOL_RECYCLE: "-0.5" }, "DB_POOL_RECYCLE must be -1, or a number, at least 0, not -0.5"],
    [{ DB_POOL_RECYCLE: "often" }, 'DB_POOL_RECYCLE must be -1, or a number, at least 0, not "often"'],
    [{ DB_SSL_ROOT_CERT: "ca\0.pem" }, "DB_SSL_ROOT_CERT must not hold the character U+0000"],
    [{ DB_CONNECT_TIMEOUT: "0" }, "DB_CONNECT_TIMEOUT must be a number, above 0, at most 2147483, not 0"],
    [{ DB_ECHO: "maybe" }, 'DB_ECHO must be true or false, not "maybe"'],
    [{ DB_POOLER: "Trans" }, 'DB_POOLER must be one of transaction, transaction-prepared, session, not "Trans"'],
    [
      { DB_POOLER: "sesion" },
      'DB_POOLER must be one of transaction, transaction-prepared, session, not "sesion"; did you mean session?',
    ],
    [
      { DB_SSL_MODE: "requirement" },
      'DB_SSL_MODE must be one of disable, prefer, require, verify-ca, verify-full, not "requirement"; did you mean require?',
    ],
    [{ DB_POLL_SIZE: "5" }, "DB_POLL_SIZE is not a setting; did you mean DB_POOL_SIZE?"],
    [{ DB_POOLSIZE: "5" }, "DB_POOLSIZE is not a setting; did you mean DB_POOL_SIZE?"],
  ])("refuses %j", (env, problem) => {
    expect(problems(env)).toEqual([problem]);
  });

  it("leaves what hosts inject, and names of later capabilities, alone", () => {
    expect(problems({ DB_HOST: "x", DB_NAME: "y", DB_PASSWORD: "z", DB_SLOW_QUERY_MS: "5" })).toEqual([]);
  });

  it("reports all problems at once and never the URL's password", () => {
    const found = problems({ DATABASE_URL: "mysql://u:s3cret@h:0/d", DB_POLL_SIZE: "1", DB_ECHO: "maybe" });
    expect(found).toHaveLength(4);
    expect(found.join()).not.toContain("s3cret");
  });

  it("says that the URL is missing, and in what form it is wanted", () => {
    expect(problems({ DATABASE_URL: undefined })).toEqual([
      "DATABASE_URL is not set; expected postgresql://user:password@host:port/database",
    ]);
  });

  it("tells what is like DATABASE_URL where there is none, and leaves it alone where there is one", () => {
    const env = { DATABSE_URL: "postgresql://u:s3cret@h/d", REDIRECT_URL: "x" };
    expect(problems({ ...env, DATABASE_URL: undefined })).toEqual([
      "DATABSE_URL is not a setting; did you mean DATABASE_URL?",
      "DATABASE_URL is not set; expected postgresql://user:password@host:port/database",
    ]);
    expect(problems(env)).toEqual([]);
  });
});
