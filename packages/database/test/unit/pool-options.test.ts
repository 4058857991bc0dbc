import { describe, expect, it } from "vitest";
import { type DatabaseOptions, poolOptions } from "../../src/connection/options.ts";
import { SettingsError } from "../../src/errors.ts";
import { DatabaseManager } from "../../src/session/manager.ts";

const url = "postgresql://localhost/app";
const problems = (options: Partial<Record<keyof DatabaseOptions, unknown>>): readonly string[] => {
  try {
    new DatabaseManager({ url, ...options } as DatabaseOptions);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

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
      "idleTimeout must be a number, at least 0, at most 2147483, not null",
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
