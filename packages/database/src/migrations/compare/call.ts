import { type Name, partsOf } from "../operations/identifier.ts";
import type { Operations } from "../operations/operations.ts";

/** A call of an operation, as data. */
export type Call = {
  readonly [Method in keyof Operations]: {
    readonly method: Method;
    readonly arguments: Parameters<Operations[Method]>;
    /** It only makes way for another change, or puts back what made way. */
    readonly around?: boolean;
  };
}[keyof Operations];

export function call<Method extends keyof Operations>(method: Method, ...given: Parameters<Operations[Method]>): Call {
  return { method, arguments: given } as unknown as Call;
}

export function around(made: Call, isAround: boolean): Call {
  return isAround ? { ...made, around: true } : made;
}

/** Records the calls, in their order. */
export function perform(calls: readonly Call[]): (op: Operations) => void {
  return (op) => {
    for (const { method, arguments: given } of calls) (op[method] as (...given: readonly unknown[]) => void)(...given);
  };
}

/** The same text for the same name, however it is written. */
export function keyOf(name: Name): string {
  return JSON.stringify(partsOf(name));
}

/** Whether two definitions say the same. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, withoutBigints) === JSON.stringify(other, withoutBigints);
}

function withoutBigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** SQL that no other operation is for, without values. */
export function rawSql(text: string): Call {
  return call("sql", Object.assign([text], { raw: [text] }));
}
