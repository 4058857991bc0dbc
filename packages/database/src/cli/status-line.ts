import { type ProgressOutput, STANDARD_ERROR } from "./progress.ts";

/** What is under way, in one line of a terminal that the next one replaces; elsewhere nothing is shown. */
export class StatusLine {
  readonly #output: ProgressOutput;

  constructor(output: ProgressOutput = STANDARD_ERROR) {
    this.#output = output;
  }

  show(text: string): void {
    const { isTerminal, columns } = this.#output;
    if (isTerminal) this.#output.write(`\r\u001b[K${text.slice(0, columns - 1)}`);
  }

  clear(): void {
    if (this.#output.isTerminal) this.#output.write("\r\u001b[K");
  }
}
