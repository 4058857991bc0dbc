import { describe, expect, it } from "vitest";
import { type DatabaseOptions, poolOptions } from "../../src/connection/options.ts";
import { SettingsError } from "../../src/errors.ts";
import { DatabaseManager } from "../../src/session/manager.ts";

const url = "postgresql://localhost/app";
const problems = (options: Readonly<Record<string, unknown>>): readonly string[] => {
  try {
    new DatabaseManager({ url, ...options } as DatabaseOptions);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

describe("the options", () => {
  it.each<[Readonly<Record<string, unknown>>, string]>([
    [{ applicationName: 5 }, "applicationName must be text, not 5"],
    [{ applicationName: { s3cret: 1 } }, "applicationName must be text, not [Object]"],
    [{ applicationName: "app\0work_mem" }, "applicationName must not hold the character U+0000"],
    [{ sslRootCert: "ca\0.pem" }, "sslRootCert must not hold the character U+0000"],
    [{ maxResultBytes: Number.NaN }, "maxResultBytes must be a whole number, at least 0, not NaN"],
    [{ maxResultBytes: -5 }, "maxResultBytes must be a whole number, at least 0, not -5"],
    [{ maxResultBytes: "10" }, 'maxResultBytes must be a whole number, at least 0, not "10"'],
    [{ maxResultBytes: 1.5 }, "maxResultBytes must be a whole number, at least 0, not 1.5"],
    [{ poolRecycle: -0.5 }, "poolRecycle must be -1, or a number, at least 0, not -0.5"],
    [{ poolRecycle: -2 }, "poolRecycle must be -1, or a number, at least 0, not -2"],
    [{ poolSize: 5n }, "poolSize must be a whole number, at least 0, not 5n"],
    [{ poolSize: null }, "poolSize must be a whole number, at least 0, not null"],
    [{ watchdog: Number.NaN }, "watchdog must be a number, at least 0, at most 2147483, not NaN"],
    [{ statementCacheSize: 1.5 }, "statementCacheSize must be a whole number, at least 0, not 1.5"],
    [{ statementCacheSize: "10" }, 'statementCacheSize must be a whole number, at least 0, not "10"'],
    [{ hooks: null }, "hooks must be an object of functions by name"],
    [{ hooks: () => {} }, "hooks must be an object of functions by name"],
    [{ logger: {} }, "logger must have the methods debug, info, warn and error"],
    [{ logger: null }, "logger must have the methods debug, info, warn and error"],
    [{ serverSettings: "UTC" }, 'serverSettings must be an object of texts by name, { TimeZone: "UTC" }'],
    [{ serverSettings: ["UTC"] }, 'serverSettings must be an object of texts by name, { TimeZone: "UTC" }'],
    [{ serverSettings: null }, 'serverSettings must be an object of texts by name, { TimeZone: "UTC" }'],
    [{ serverSettings: { work_mem: 5 } }, "serverSettings.work_mem must be text, not 5"],
    [{ serverSettings: { work_mem: undefined } }, "serverSettings.work_mem must be text, not null"],
    [{ serverSettings: { work_mem: "1\0" } }, "serverSettings.work_mem must not hold the character U+0000"],
    [{ serverSettings: { "work\0mem": "1" } }, "serverSettings has a name with the character U+0000 in it"],
  ])("%o are refused", (options, problem) => {
    expect(problems(options)).toEqual([problem]);
  });

  it.each([
    ["poolSise", "poolSize"],
    ["poolsize", "poolSize"],
    ["pool_size", "poolSize"],
    ["pool_recycle", "poolRecycle"],
    ["DB_MAX_OVERFLOW", "maxOverflow"],
    ["lifo", "poolLifo"],
    ["recycle", "poolRecycle"],
    ["sslmode", "sslMode"],
    ["ssl", "sslMode"],
    ["aplicationNane", "applicationName"],
  ])("there is no %s: probably %s is meant", (name, meant) => {
    expect(problems({ [name]: 1 })).toEqual([`${name} is not an option; did you mean ${meant}?`]);
  });

  it("there are, are listed to those who ask for one that is like none of them", () => {
    expect(problems({ rows: 1, connectionString: undefined })).toEqual([
      expect.stringMatching(/^rows is not an option; there are url, poolSize, .*, logger, .*, applicationName$/),
      expect.stringMatching(/^connectionString is not an option; there are url, /),
    ]);
  });

  it.each([undefined, null, 5, "postgresql://localhost/app"])("cannot be %o", (options) => {
    expect(() => poolOptions(options as never)).toThrow(
      expect.objectContaining({ problems: ["the options must be an object, { url: … }"] }),
    );
  });

  it("take the least and the most that they say", () => {
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const serverSettings = { TimeZone: "UTC", "my.setting": "" };
    expect(
      problems({ maxResultBytes: 0, poolRecycle: -1, watchdog: 0, statementCacheSize: 0, logger, serverSettings }),
    ).toEqual([]);
    expect(problems({ poolRecycle: 0, maxResultBytes: 2 ** 40, applicationName: "", hooks: {} })).toEqual([]);
  });
});

describe("the pool's options", () => {
  it("have the defaults that are documented", () => {
    const { hooks, logger: _, ...defaults } = poolOptions({ url });
    expect(hooks).toEqual({});
    expect(defaults).toEqual({
      size: 20,
      maxOverflow: 0,
      timeout: 30,
      recycle: 3600,
      lifo: true,
      resetOnReturn: "rollback",
      minIdle: 0,
      idleTimeout: 600,
      keepalive: 120,
      maxConnecting: 4,
      connectRetry: 5,
      leakThreshold: 0,
      patience: 30,
    });
  });

  it("without a setting are checked like those with one", () => {
    expect(
      problems({
        poolLifo: "yes",
        resetOnReturn: "discard",
        minIdle: -1,
        idleTimeout: Number.NaN,
        keepalive: 1e10,
        maxConnecting: 0,
        connectRetry: -1,
        leakThreshold: "1",
        watchdog: -1,
      }),
    ).toEqual([
      'poolLifo must be true or false, not "yes"',
      'resetOnReturn must be one of rollback, commit, none, not "discard"',
      "minIdle must be a whole number, at least 0, not -1",
      "idleTimeout must be a number, at least 0, at most 2147483, not NaN",
      "keepalive must be a number, at least 0, at most 2147483, not 10000000000",
      "maxConnecting must be a whole number, at least 1, not 0",
      "connectRetry must be a number, at least 0, at most 2147483, not -1",
      'leakThreshold must be a number, at least 0, at most 2147483, not "1"',
      "watchdog must be a number, at least 0, at most 2147483, not -1",
    ]);
  });

  it("must fit each other: no more can be kept idle than are kept at all", () => {
    expect(problems({ minIdle: 21 })).toEqual(["minIdle must be at most poolSize (20), not 21"]);
    expect(problems({ minIdle: 3, poolSize: 2 })).toEqual(["minIdle must be at most poolSize (2), not 3"]);
    expect(problems({ minIdle: 21, poolSize: 0 })).toEqual([]);
  });

  it("name the hooks there are when given another", () => {
    expect(problems({ hooks: { onConnect: () => {}, close: "now", checkin: undefined } })).toEqual([
      "hooks.onConnect is no hook; there are connect, checkout, reset, checkin, invalidate, close",
      "hooks.close must be a function",
    ]);
  });
});
