import type { Sample } from "@hypertroq/database/monitoring";
import { describe, expect, it } from "vitest";
import { chart } from "../src/ops/chart/chart.ts";
import { spanOf } from "../src/ops/chart/points.ts";
import { niceMaximum } from "../src/ops/chart/scale.ts";
import { ago, bytes, count, duration, milliseconds } from "../src/ops/format.ts";

const NOW = 1_800_000_000_000;
/** Samples of a second each, the last of them now. */
const samples = (many: number, statements: (i: number) => number = () => 1): readonly Sample[] =>
  Array.from({ length: many }, (_, i) => ({
    at: NOW - (many - 1 - i) * 1000,
    seconds: 1,
    pool: { size: 5, checkedIn: 0, checkedOut: 0, overflow: 0, waiting: 0, max: 5 },
    statements: statements(i),
    errors: 0,
    transactions: 0,
    rows: 0,
    perSecond: statements(i),
    latency: { p50: 0, p95: 0, p99: 0, longest: 0 },
    waits: { count: 0, p95: 0 },
  }));
const draw = (many: number, value: (i: number) => number | undefined): string =>
  chart(
    {
      id: "x",
      title: "Some",
      unit: "ms",
      least: 1,
      lines: [{ name: "line", value: ({ samples: [sample] }) => value(sample!.statements) }],
    },
    spanOf(samples(many, (i) => i)),
  ).text;
const pathOf = (svg: string): string => / data-name="line" d="([^"]*)"/.exec(svg)![1]!;

describe("a chart's time", () => {
  it("is the least of a minute, two, five and fifteen that all samples fit into", () => {
    expect([0, 1, 61, 62, 121, 122, 301, 302, 900].map((many) => spanOf(samples(many)).seconds)).toEqual([
      60, 60, 60, 120, 120, 300, 300, 900, 900,
    ]);
  });

  it("ends now, and has 300 points at most, which stay the same from one second to the next", () => {
    const { stretches } = spanOf(samples(900));
    expect(stretches.at(-1)!.x).toBe(900);
    expect(stretches.length).toBeLessThanOrEqual(301);
    const firstOf = (all: readonly Sample[]) =>
      spanOf(all)
        .stretches.slice(5, 100)
        .map(({ samples }) => samples[0]!.at);
    const all = samples(900);
    const inBoth = new Set(firstOf(all.slice(0, -1)));
    expect(firstOf(all).filter((at) => inBoth.has(at)).length).toBeGreaterThan(90);
  });
});

describe("a chart's lines", () => {
  it("go through each value, from the bottom up", () => {
    expect(pathOf(draw(3, (i) => i))).toBe("M58 100L59 50L60 0");
  });

  it("have gaps where nothing was measured, and dots where one value stands alone", () => {
    expect(pathOf(draw(4, (i) => (i === 1 ? undefined : 1)))).toBe("M57 0h0M59 0L60 0");
    expect(draw(2, () => undefined)).toContain("line –");
  });

  it("are said in words, too", () => {
    expect(draw(3, (i) => i * 1.5)).toContain('aria-label="Some, last 1 min: line 3 ms"');
    expect(draw(0, () => 1)).toContain("line –");
  });

  it("are as high as a round number", () => {
    expect([[0], [1], [1.2], [19], [21], [50], [777], [0.03]].map((values) => niceMaximum(values, 0.01))).toEqual([
      0.01, 1, 2, 20, 50, 50, 1000, 0.05,
    ]);
    expect(niceMaximum([], 4)).toBe(5);
  });
});

describe("figures", () => {
  it("have the units that people read", () => {
    expect([0, 0.9, 59, 60, 61, 3600, 90_061].map(duration)).toEqual([
      "0 s",
      "0 s",
      "59 s",
      "1 min",
      "1 min 1 s",
      "1 h",
      "1 d 1 h",
    ]);
    expect([0, 1023, 1024, 8192, 10_485_760, 1.5 * 2 ** 40].map(bytes)).toEqual([
      "0 B",
      "1\u00a0023 B",
      "1 kB",
      "8 kB",
      "10 MB",
      "1.50 TB",
    ]);
    expect([0.123, 12.34, 123.4, 999.9, 1500, 90_000].map(milliseconds)).toEqual([
      "0.12 ms",
      "12.3 ms",
      "123 ms",
      "1\u00a0000 ms",
      "1.50 s",
      "1 min 30 s",
    ]);
    expect(count(1_234_567)).toBe("1\u00a0234\u00a0567");
    expect(ago(new Date(NOW - 65_000), NOW)).toBe("1 min 5 s ago");
  });
});
