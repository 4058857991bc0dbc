import { DefinitionError } from "../../errors.ts";
import { type Name, quoteQualified, showName } from "./identifier.ts";
import { checkOptions, definition, either, flag, name, oneOf, type Shape, whole } from "./options.ts";
import { type Renderers, when } from "./rendered.ts";
import { SEQUENCE, type SequenceOptions, sequenceClauses } from "./sequence-clause.ts";
import { before } from "./table.ts";

/** A sequence that is to be created. */
export interface SequenceDefinition extends SequenceOptions {
  /** The column with which it is dropped: `orders.number`; where a name has a dot `["orders", "a.b"]`. null: none. */
  readonly ownedBy?: Name | null | undefined;
}

export interface SequenceOperations {
  /** CREATE SEQUENCE. */
  createSequence(name: Name, options?: SequenceDefinition): void;
  /** DROP SEQUENCE, and where it stands. `cascade` drops the defaults that use it too. `was`: its options, `{}` for none. */
  dropSequence(
    name: Name,
    options?: { readonly cascade?: boolean | undefined; readonly was?: SequenceDefinition | undefined },
  ): void;
  /** ALTER SEQUENCE. `restart`: the next value, which nothing takes back. `was`: the same as it was of the rest. */
  alterSequence(
    name: Name,
    changes: SequenceDefinition & {
      readonly restart?: number | bigint | undefined;
      readonly was?: SequenceDefinition | undefined;
    },
  ): void;
}

const OWNED: Shape<SequenceDefinition> = { ...SEQUENCE, ownedBy: either(name, oneOf(null)) };

export const SEQUENCE_OPERATIONS: Renderers<SequenceOperations> = {
  createSequence(name, options = {}) {
    const given = checkOptions("It", options, OWNED);
    return {
      subject: showName(name),
      statements: [`create sequence ${quoteQualified(name)}${clauses(given)}`],
      reverse: (op) => op.dropSequence(name, { was: given }),
    };
  },

  dropSequence(name, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: definition });
    return {
      subject: showName(name),
      statements: [`drop sequence ${quoteQualified(name)}${when(cascade, "cascade")}`],
      losses: [{ object: showName(name), reason: "drops the sequence and where it stands" }],
      reverse: was === undefined ? undefined : (op) => op.createSequence(name, was),
    };
  },

  alterSequence(name, changes) {
    const shape = { ...OWNED, restart: whole, was: definition };
    const { was, restart, ...now } = checkOptions("It", changes, shape);
    const all = clauses(now) + when(restart, `restart with ${restart}`);
    if (all === "") throw new DefinitionError("It changes nothing.");
    return {
      subject: showName(name),
      statements: [`alter sequence ${quoteQualified(name)}${all}`],
      reverse: was === undefined ? undefined : (op) => op.alterSequence(name, { ...before(now, was), was: now }),
    };
  },
};

function clauses({ ownedBy, ...options }: SequenceDefinition): string {
  const owner = ownedBy === undefined ? "" : ` owned by ${ownedBy === null ? "none" : quoteQualified(ownedBy, 3)}`;
  return sequenceClauses(options) + owner;
}
