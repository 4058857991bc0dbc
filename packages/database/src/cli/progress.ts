import type { MigrationEvent } from "../migrations/runner/events.ts";
import { describeEvent, duration } from "./describe-event.ts";

/** Where progress is shown. */
export interface ProgressOutput {
  /** Whether a line can be written over. */
  readonly isTerminal: boolean;
  /** The terminal's width. */
  readonly columns: number;
  write(text: string): void;
}

/** Standard error, because standard output is for what was asked for. */
export const STANDARD_ERROR: ProgressOutput = {
  get isTerminal() {
    return process.stderr.isTTY === true && process.env["TERM"] !== "dumb";
  },
  get columns() {
    return process.stderr.columns || 80; // a terminal that does not know its size says 0
  },
  write: (text) => void process.stderr.write(text),
};

/** Milliseconds: a step that took longer is told; how often a terminal's line is written anew; how often a log gets one. */
const TIMES = { worthTelling: 1000, redraw: 100, remind: 10_000 };

/** What is under way. */
interface Doing {
  readonly title: string;
  readonly place: string;
  readonly since: number;
  rows: string;
}

/**
 * Tells what a migrator does. On a terminal the step under way stands in a line of its own, with its rows and the time it
 * has taken; elsewhere a line comes now and then while a step takes long. Steps that took long are told when they end.
 */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #times: typeof TIMES;
  #doing: Doing | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: ProgressOutput = STANDARD_ERROR, times: typeof TIMES = TIMES) {
    this.#output = output;
    this.#times = times;
  }

  /** For a migrator's `onEvent`. */
  readonly tell = (event: MigrationEvent): void => {
    switch (event.kind) {
      case "step":
        this.#end();
        this.#begin(event.title, event.steps > 1 ? `${event.step}/${event.steps} ` : "");
        break;
      case "progress":
        if (this.#doing === undefined) this.#begin(event.title, "");
        this.#doing!.rows =
          `, ${count(event.rows)}${event.total === undefined ? "" : ` of about ${count(event.total)}`} rows`;
        break;
      case "finished":
        this.#end();
        this.#print(describeEvent(event));
        break;
      default:
        this.#print(describeEvent(event));
    }
  };

  /** Leaves the terminal as it should be, also where a run ended by an error. */
  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
    this.#doing = undefined;
  }

  #begin(title: string, place: string): void {
    this.#doing = { title, place, since: performance.now(), rows: "" };
    const { isTerminal } = this.#output;
    this.#timer = setInterval(() => this.#show(), isTerminal ? this.#times.redraw : this.#times.remind);
    this.#timer.unref();
  }

  #end(): void {
    const doing = this.#doing;
    this.stop();
    if (doing !== undefined && performance.now() - doing.since >= this.#times.worthTelling)
      this.#print(describe(doing));
  }

  #show(): void {
    if (this.#doing === undefined) return;
    const text = describe(this.#doing);
    const { isTerminal, columns } = this.#output;
    if (isTerminal) this.#output.write(`\r\u001b[K${text.slice(0, columns - 1)}`);
    else this.#output.write(`${text} so far\n`);
  }

  #print(text: string): void {
    this.#clear();
    this.#output.write(`${text}\n`);
  }

  #clear(): void {
    if (this.#doing !== undefined && this.#output.isTerminal) this.#output.write("\r\u001b[K");
  }
}

function describe({ place, title, rows, since }: Doing): string {
  return `  ${place}${title}${rows}, ${duration(performance.now() - since)}`;
}

function count(rows: number): string {
  return rows.toLocaleString("en");
}
