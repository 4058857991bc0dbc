import { describe, expect, it } from "vitest";
import { SettingsError } from "../../src/errors.ts";
import { milliseconds } from "../../src/seconds.ts";

describe("milliseconds", () => {
  it.each([
    [0, 0],
    [-0, 0],
    [5, 5000],
    [0.25, 250],
    [0.0001, 1],
    [2_147_483, 2_147_483_000],
    [2_147_484, 2_147_483_000],
    [1e10, 2_147_483_000],
    [Number.MAX_VALUE, 2_147_483_000],
    [Number.POSITIVE_INFINITY, 2_147_483_000],
  ])("of %d seconds are %d", (seconds, expected) => {
    expect(milliseconds(seconds, "timeout") + 0).toBe(expected);
  });

  it("are never more than a timer can be set for", () => {
    expect(milliseconds(Number.POSITIVE_INFINITY, "timeout")).toBeLessThan(2 ** 31);
  });

  it.each([
    [Number.NaN, "NaN"],
    [-1, "-1"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    ["5", "'5'"],
    [null, "null"],
    [5n, "5n"],
    [Symbol("s"), "Symbol(s)"],
    [{ toString: null }, "[Object]"],
  ])("of %o are none", (seconds, shown) => {
    const convert = (): unknown => milliseconds(seconds as number, "timeout");
    expect(convert).toThrow(
      expect.objectContaining({
        constructor: SettingsError,
        problems: [`timeout must be a number of seconds, at least 0, not ${shown}`],
      }),
    );
  });
});
