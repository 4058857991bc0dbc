import { expect, it } from "vitest";
import { type Entry, violations } from "./history.ts";

const write = (n: number, outcome: "acknowledged" | "failed" | "unknown"): Entry => {
  return { kind: "write", writer: 1, n, outcome };
};
const read = (asked: number, ...got: number[]): Entry => ({ kind: "read", writer: 1, asked, got });
const rows = (...ns: number[]) => ns.map((n) => ({ writer: 1, n }));

it("accepts what a history may be like", () => {
  const history = [
    write(1, "acknowledged"),
    read(1, 1, 2),
    write(2, "unknown"),
    write(3, "failed"),
    write(4, "unknown"),
  ];
  expect(violations(history, rows(1, 2))).toEqual([]);
});

it("finds each way in which one may be wrong", () => {
  expect(violations([write(1, "acknowledged")], [])).toEqual(["write 1/1 was acknowledged, and is there 0 times"]);
  expect(violations([write(1, "acknowledged")], rows(1, 1))).toHaveLength(1);
  expect(violations([write(1, "unknown")], rows(1, 1))).toHaveLength(1);
  expect(violations([write(1, "failed")], rows(1))).toHaveLength(1);
  expect(violations([], rows(1))).toEqual(["write 1/1 was never made, and is there"]);
  expect(violations([read(2, 1)], [])).toEqual(["a read of 1 that asked for 2 got 1"]);
  expect(violations([read(1, 3, 2)], [])).toEqual(["a read of 1 that asked for 1 got 3, 2"]);
});
