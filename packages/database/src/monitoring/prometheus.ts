/** A histogram's state. */
export interface HistogramValue {
  /** Upper bounds, rising, without infinity. */
  readonly bounds: readonly number[];
  /** How many were at most that, each without those before it; one more than bounds, for what is above all of them. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** One figure of a metric. */
export interface MetricPoint {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | HistogramValue;
}

/** Figures of one kind, by OpenTelemetry's name: `db.client.connection.count`. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Seconds where it is one; Prometheus has it in the name. */
  readonly unit?: "seconds" | undefined;
  readonly help: string;
  readonly points: readonly MetricPoint[];
}

/** Writes figures in Prometheus' text format, version 0.0.4, with its names: `db_client_connection_count`. */
export function prometheusText(metrics: Iterable<Metric>): string {
  let text = "";
  for (const metric of metrics) {
    if (metric.points.length === 0) continue;
    const name = prometheusName(metric);
    text += `# HELP ${name} ${metric.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${metric.type}\n`;
    for (const { labels, value } of metric.points) {
      if (typeof value === "number") text += line(name, labels, value);
      else text += histogram(name, labels, value);
    }
  }
  return text;
}

function prometheusName({ name, unit, type }: Metric): string {
  const words = name.replaceAll(".", "_") + (unit === undefined ? "" : `_${unit}`);
  return type === "counter" ? `${words}_total` : words;
}

function histogram(name: string, labels: MetricPoint["labels"], { bounds, counts, sum }: HistogramValue): string {
  let text = "";
  let below = 0;
  for (const [i, count] of counts.entries()) {
    below += count;
    const bound = bounds[i];
    text += line(`${name}_bucket`, { ...labels, le: bound === undefined ? "+Inf" : String(bound) }, below);
  }
  return text + line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, below);
}

function line(name: string, labels: MetricPoint["labels"], value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label.replaceAll(".", "_")}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${written(value)}\n`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function written(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

/** Counts values by upper bounds. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  record(value: number): void {
    const bounds = this.#bounds;
    let i = 0;
    while (i < bounds.length && value > bounds[i]!) i += 1;
    this.#counts[i]! += 1;
    this.#sum += value;
  }

  get value(): HistogramValue {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum };
  }
}
