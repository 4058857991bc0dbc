import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Coloured for standard output: only on a terminal, and not where NO_COLOR is set. */
export const paint = (style: Style, text: string): string =>
  text === "" ? "" : styleText(style, text, { stream: process.stdout });

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, undefined, 2));
}

/** Progress and remarks; standard output is for what was asked for. */
export function say(text: string): void {
  console.error(text);
}
