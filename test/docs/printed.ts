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

  /** @throws {Error} for the first thing that the block says and has not printed, in its order. */
  check(text: string): void {
    const left = [...this.#lines];
    for (const [, said] of text.matchAll(/^ *console\.log\(.*\); \/\/ (.+)$/gm)) {
      const found = left.findIndex((line) => isLike(oneLine(said!), line));
      if (found < 0)
        throw new Error(`It says that it prints ${said}, and has printed ${left.join(" | ") || "nothing"}`);
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
