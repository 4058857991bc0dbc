import type { Sample } from "@hypertroq/database/monitoring";
import { chart, type Line } from "../chart/chart.ts";
import { type Stretch, spanOf } from "../chart/points.ts";
import { html } from "../html.ts";
import type { Section } from "./section.ts";

/** What a second was like, over the last minutes. Where several are one point it shows the worst, and of throughput the mean. */
export const charts: Section = {
  id: "charts",
  title: "Over time",
  width: "whole",
  body: ({ samples, maxConnections }) => {
    const span = spanOf(samples);
    const limit = Number.isFinite(maxConnections) ? { name: "most open", value: maxConnections } : undefined;
    return html`<div class="charts">
${chart(
  {
    id: "chart-pool",
    title: "Pool",
    unit: "",
    least: 4,
    mark: limit,
    lines: [
      { name: "in use", value: worst(({ pool }) => pool.checkedOut) },
      { name: "idle", value: worst(({ pool }) => pool.checkedIn) },
      { name: "waiting", value: worst(({ pool }) => pool.waiting) },
    ],
  },
  span,
)}
${chart(
  {
    id: "chart-latency",
    title: "Latency of statements",
    unit: "ms",
    least: 1,
    lines: (["p50", "p95", "p99"] as const).map((name): Line => {
      // A second without statements has no latency.
      const value = worst(({ latency }) => latency[name]);
      return {
        name,
        value: ({ x, samples }) => {
          const some = samples.filter(({ statements }) => statements > 0);
          return some.length === 0 ? undefined : value({ x, samples: some });
        },
      };
    }),
  },
  span,
)}
${chart(
  {
    id: "chart-throughput",
    title: "Throughput",
    unit: "/s",
    least: 5,
    lines: [
      { name: "statements", value: perSecond(({ statements }) => statements) },
      { name: "transactions", value: perSecond(({ transactions }) => transactions) },
      { name: "errors", value: perSecond(({ errors }) => errors) },
    ],
  },
  span,
)}
</div>`;
  },
};

function worst(of: (sample: Sample) => number): Line["value"] {
  return ({ samples }: Stretch) => samples.reduce((most, sample) => Math.max(most, of(sample)), 0);
}

function perSecond(of: (sample: Sample) => number): Line["value"] {
  return ({ samples }) => {
    const seconds = samples.reduce((sum, sample) => sum + sample.seconds, 0);
    return seconds === 0 ? undefined : samples.reduce((sum, sample) => sum + of(sample), 0) / seconds;
  };
}
