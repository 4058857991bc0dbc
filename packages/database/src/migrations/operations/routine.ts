import { DefinitionError } from "../../errors.ts";
import type { FunctionTraits, ProcedureTraits, RoutineSource } from "../../model/routine.ts";
import { quoteName } from "./identifier.ts";
import {
  checkOptions,
  checkSql,
  definition,
  entriesOf,
  flag,
  object,
  oneOf,
  type Shape,
  text,
  whole,
} from "./options.ts";
import { type Rendered, type Renderers, when } from "./rendered.ts";
import { quoteSignature, type Signature, signatureName, withoutDefaults } from "./signature.ts";

/** A procedure besides its name and arguments (PostgreSQL, "CREATE PROCEDURE"). */
export interface ProcedureDefinition extends ProcedureTraits, RoutineSource<string> {}

/** A function besides its name and arguments (PostgreSQL, "CREATE FUNCTION"). */
export interface FunctionDefinition extends FunctionTraits, RoutineSource<string> {}

interface Dropping<Definition> {
  readonly cascade?: boolean | undefined;
  readonly was?: Definition | undefined;
}

/** A signature is a name and arguments: `audit.touch()`, `add(a integer, b integer default 1)`. */
export interface RoutineOperations {
  /** CREATE FUNCTION. */
  createFunction(signature: Signature, definition: FunctionDefinition): void;
  /** CREATE OR REPLACE FUNCTION. `was`: the definition as it was. */
  replaceFunction(
    signature: Signature,
    definition: FunctionDefinition & { readonly was?: FunctionDefinition | undefined },
  ): void;
  /** DROP FUNCTION. Types of the arguments do. `was`: its definition, for which the signature has to be whole. */
  dropFunction(signature: Signature, options?: Dropping<FunctionDefinition>): void;
  /** CREATE PROCEDURE. */
  createProcedure(signature: Signature, definition: ProcedureDefinition): void;
  /** CREATE OR REPLACE PROCEDURE. `was`: the definition as it was. */
  replaceProcedure(
    signature: Signature,
    definition: ProcedureDefinition & { readonly was?: ProcedureDefinition | undefined },
  ): void;
  /** DROP PROCEDURE. */
  dropProcedure(signature: Signature, options?: Dropping<ProcedureDefinition>): void;
}

const PROCEDURE: Shape<ProcedureDefinition> = {
  language: text,
  body: text,
  sqlBody: text,
  securityDefiner: flag,
  set: object,
};
const FUNCTION: Shape<FunctionDefinition> = {
  ...PROCEDURE,
  returns: text,
  volatility: oneOf("immutable", "stable", "volatile"),
  strict: flag,
  leakproof: flag,
  parallel: oneOf("unsafe", "restricted", "safe"),
  cost: { expects: "a number", accepts: (value) => typeof value === "number" && value > 0 },
  rows: whole,
};

export const ROUTINE: Renderers<RoutineOperations> = {
  createFunction(signature, definition) {
    return create("create function", signature, checkOptions("A function", definition, FUNCTION), (op) =>
      op.dropFunction(signature, { was: definition }),
    );
  },

  replaceFunction(signature, { was, ...now }) {
    const checked = checkOptions("A function", now, FUNCTION);
    const back: Rendered["reverse"] =
      was === undefined ? undefined : (op) => op.replaceFunction(signature, { ...was, was: now });
    return create("create or replace function", signature, checked, back);
  },

  dropFunction(signature, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: definition });
    return {
      subject: signatureName(signature),
      statements: [`drop function ${quoteSignature(withoutDefaults(signature))}${when(cascade, "cascade")}`],
      reverse: was === undefined ? undefined : (op) => op.createFunction(signature, was),
    };
  },

  createProcedure(signature, definition) {
    return create("create procedure", signature, checkOptions("A procedure", definition, PROCEDURE), (op) =>
      op.dropProcedure(signature, { was: definition }),
    );
  },

  replaceProcedure(signature, { was, ...now }) {
    const checked = checkOptions("A procedure", now, PROCEDURE);
    const back: Rendered["reverse"] =
      was === undefined ? undefined : (op) => op.replaceProcedure(signature, { ...was, was: now });
    return create("create or replace procedure", signature, checked, back);
  },

  dropProcedure(signature, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: definition });
    return {
      subject: signatureName(signature),
      statements: [`drop procedure ${quoteSignature(withoutDefaults(signature))}${when(cascade, "cascade")}`],
      reverse: was === undefined ? undefined : (op) => op.createProcedure(signature, was),
    };
  },
};

function create(
  verb: string,
  signature: Signature,
  routine: FunctionDefinition,
  reverse: Rendered["reverse"],
): Rendered {
  const { language, body, sqlBody, returns, volatility, strict, leakproof, parallel, cost, rows } = routine;
  if ((body === undefined) === (sqlBody === undefined)) {
    throw new DefinitionError("A routine has a body or a sqlBody, and one of them.");
  }
  const settings = entriesOf("set", routine.set ?? {}).map(([name, value]) => ` set ${settingName(name)} to ${value}`);
  return {
    subject: signatureName(signature),
    statements: [
      `${verb} ${quoteSignature(signature)}` +
        when(returns, `returns ${returns}`) +
        ` language ${quoteName(language ?? (sqlBody === undefined ? "plpgsql" : "sql"))}` +
        when(volatility, volatility ?? "") +
        when(strict, "strict") +
        when(leakproof, "leakproof") +
        when(routine.securityDefiner, "security definer") +
        when(parallel, `parallel ${parallel}`) +
        when(cost, `cost ${cost}`) +
        when(rows, `rows ${rows}`) +
        settings.join("") +
        (sqlBody === undefined ? ` as ${dollarQuoted(body!)}` : `\n${checkSql("sqlBody", sqlBody)}`),
    ],
    reverse,
  };
}

/** `search_path`, or `myapp.user_id`. */
function settingName(name: string): string {
  return name.split(".").map(quoteName).join(".");
}

/** As people write it, with a tag that the text does not have. */
function dollarQuoted(body: string): string {
  for (let n = 0; ; n++) {
    const tag = n === 0 ? "$$" : `$body${n === 1 ? "" : n}$`;
    if (!`${body}$`.includes(tag)) return `${tag}${body}${tag}`;
  }
}
