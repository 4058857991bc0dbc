import { inspect } from "node:util";

/** What is printed until its end. A block says so in comments, `console.log(…); // this`, where … is anything. */
export class Printed {
  readonly #lines: string[] = [];
  readonly #log = console.log;

  constructor() {
    console.log = (...given: readonly unknown[]) => {
      this.#lines.push(oneLine(given.map((one) => (typeof one === "string" ? one : inspect(one))).join(" ")));
    };
  }

  end(): void {
    console.log = this.#log;
  }

  /** @throws {Error} for the first thing that the block says and has not printed, in its order, with its `line`. */
  check(text: string): void {
    const left = [...this.#lines];
    for (const [index, line] of text.split("\n").entries()) {
      const said = /^ *console\.log\(.*\); \/\/ (.+)$/.exec(line)?.[1];
      if (said === undefined) continue;
      const found = left.findIndex((one) => isLike(oneLine(said), one));
      if (found < 0) {
        const message = `It says that it prints ${said}, and has printed ${left.join(" | ") || "nothing"}`;
        throw Object.assign(new Error(message), { line: index + 1 });
      }
      left.splice(0, found + 1);
    }
  }
}

/** Whether a text is what is said of it, where … is anything. */
export function isLike(said: string, text: string): boolean {
  const parts = said.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").replaceAll("'", '"').trim();
