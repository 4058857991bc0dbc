import { DefinitionError } from "../../errors.ts";
import { templateText } from "../../query/sql.ts";
import type { DataConnection } from "./data.ts";
import { type Check, checkOptions } from "./options.ts";
import { recoveryOf } from "./recovery-of.ts";
import type { Rendered, Renderers } from "./rendered.ts";
import { splitStatements } from "./split-statements.ts";
import type { Statement } from "./step.ts";
import { tokenize } from "./tokenize.ts";

/** What a data migration does, on a connection of the run. */
export type DataWork = (db: DataConnection) => Promise<void>;

/** Options of `op.data`. */
export interface DataOptions {
  /** Takes it back. */
  readonly reverse?: DataWork | undefined;
}

export interface RawOperations {
  /**
   * SQL by hand: one statement whose values become parameters, `$1`, which statements on data take and those that define
   * objects do not; or without values any number of statements. Nothing takes it back by itself.
   */
  sql(text: TemplateStringsArray, ...values: readonly unknown[]): void;
  /**
   * One statement that PostgreSQL refuses in a transaction and that may be run again when a run was killed in it:
   * `` op.outside`vacuum users` ``. Its revision runs step by step.
   */
  outside(text: TemplateStringsArray): void;
  /** A change of data by a program, in its place among the other operations. The title is for people. */
  data(...given: [run: DataWork, options?: DataOptions] | [title: string, run: DataWork, options?: DataOptions]): void;
}

const WORK: Check = { expects: "an async function", accepts: (value) => typeof value === "function" };

export const RAW: Renderers<RawOperations> = {
  sql(text, ...values) {
    const parts = texts("sql", text);
    const statements = splitStatements(parts.reduce((before, part, index) => `${before}$${index}${part}`));
    if (statements.length === 0) throw new DefinitionError("It holds no statement.");
    if (statements.length > 1 && values.length > 0) {
      throw new DefinitionError("It holds several statements and values; only one statement can have values.");
    }
    const recovery = values.length === 0 ? recoveryOf : undefined;
    return { ...raw(statements.map(({ text }) => ({ text, values }))), recovery };
  },

  outside(text, ...values: readonly unknown[]) {
    const [first, ...more] = splitStatements(texts("outside", text).join(""));
    if (first === undefined || more.length > 0) throw new DefinitionError("It holds one statement.");
    if (values.length > 0) throw new DefinitionError("A statement outside a transaction takes no values.");
    return { ...raw([{ text: first.text, values: [] }]), recovery: { kind: "repeat" } };
  },

  data(...given) {
    const titled = typeof given[0] === "string";
    const [run, options = {}] = (titled ? given.slice(1) : given) as [DataWork, DataOptions?];
    if (!WORK.accepts(run)) throw new DefinitionError("It takes an async function: op.data(async (db) => { … }).");
    const { reverse } = checkOptions("It", options, { reverse: WORK });
    const title = titled ? (given[0] as string) : "";
    const back = { reverse: run };
    return {
      subject: title,
      statements: [],
      run,
      reverse:
        reverse === undefined ? undefined : (op) => (titled ? op.data(title, reverse, back) : op.data(reverse, back)),
    };
  },
};

function texts(method: string, text: TemplateStringsArray): readonly string[] {
  if (!Array.isArray(text)) {
    throw new DefinitionError(`op.${method} is a template tag: op.${method}\`select 1\`, without parentheses.`);
  }
  return templateText(text);
}

function raw(statements: readonly Statement[]): Rendered {
  return { subject: firstWords(statements[0]!.text), statements };
}

/** Enough to know it by, without comments. */
function firstWords(sql: string): string {
  let words = "";
  for (const { kind, start, end } of tokenize(sql)) {
    if (kind === "space" || kind === "comment") words = `${words.trimEnd()} `;
    else words += sql.slice(start, end);
    if (words.length > 60) return `${words.trim().slice(0, 60).trimEnd()} …`;
  }
  return words.trim();
}
