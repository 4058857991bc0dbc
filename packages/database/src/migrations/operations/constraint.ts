import { DefinitionError } from "../../errors.ts";
import type { Deferrable } from "../../model/constraints.ts";
import { columnPath } from "./column-clause.ts";
import {
  type CheckDefinition,
  type CheckOptions,
  type ConstraintDefinition,
  constraintClause,
  type ExclusionElement,
  type ExclusionOptions,
  type ForeignKeyDefinition,
  type ForeignKeyOptions,
  type KeyConstraintOptions,
  type PrimaryKeyDefinition,
  type UniqueDefinition,
  type UniqueOptions,
} from "./constraint-clause.ts";
import { type Name, quoteName, quoteQualified } from "./identifier.ts";
import type { Operations } from "./operations.ts";
import { checkOptions, deferrable, definition, either, flag, oneOf } from "./options.ts";
import { type Rendered, type Renderers, when } from "./rendered.ts";

/** A unique index that is there already becomes the constraint's own, and gets its name. It has these columns. */
interface UsingIndex {
  readonly usingIndex?: string | undefined;
}

export interface ConstraintOperations {
  /** ALTER TABLE … ADD PRIMARY KEY. Taken back, its columns stay NOT NULL. */
  createPrimaryKey(
    name: string,
    table: Name,
    columns: readonly string[],
    options?: KeyConstraintOptions & UsingIndex,
  ): void;
  /** ALTER TABLE … ADD UNIQUE. */
  createUniqueConstraint(
    name: string,
    table: Name,
    columns: readonly string[],
    options?: UniqueOptions & UsingIndex,
  ): void;
  /** ALTER TABLE … ADD CHECK. The condition is SQL. */
  createCheckConstraint(name: string, table: Name, condition: string, options?: CheckOptions): void;
  /** ALTER TABLE … ADD EXCLUDE. */
  createExclusionConstraint(
    name: string,
    table: Name,
    elements: readonly ExclusionElement[],
    options?: ExclusionOptions,
  ): void;
  /** ALTER TABLE … ADD FOREIGN KEY. */
  createForeignKey(
    name: string,
    table: Name,
    columns: readonly string[],
    referencedTable: Name,
    referencedColumns: readonly string[],
    options?: ForeignKeyOptions,
  ): void;
  /** ALTER TABLE … ALTER CONSTRAINT: when a foreign key is checked; null: at once, always. `was`: the same as it was. */
  alterConstraint(
    name: string,
    table: Name,
    changes: {
      readonly deferrable: Deferrable | null;
      readonly was?: { readonly deferrable: Deferrable | null } | undefined;
    },
  ): void;
  /** ALTER TABLE … VALIDATE CONSTRAINT. `was`: the constraint; taking it back drops it and adds it NOT VALID. */
  validateConstraint(name: string, table: Name, options?: { readonly was?: ConstraintDefinition | undefined }): void;
  /** ALTER TABLE … RENAME CONSTRAINT. */
  renameConstraint(name: string, table: Name, to: string): void;
  /** ALTER TABLE … DROP CONSTRAINT. `was`: `{ check: "total >= 0" }`, `{ unique: ["email"] }` and so on. */
  dropConstraint(
    name: string,
    table: Name,
    options?: { readonly cascade?: boolean | undefined; readonly was?: ConstraintDefinition | undefined },
  ): void;
}

export const CONSTRAINT: Renderers<ConstraintOperations> = {
  createPrimaryKey(name, table, columns, options = {}) {
    return createKey(name, table, "primary key", options, (rest) => ({ primaryKey: { ...rest, columns } }));
  },

  createUniqueConstraint(name, table, columns, options = {}) {
    return createKey(name, table, "unique", options, (rest) => ({ unique: { ...rest, columns } }));
  },

  createCheckConstraint(name, table, condition, options = {}) {
    return create(name, table, { check: { ...options, expression: condition } });
  },

  createExclusionConstraint(name, table, elements, options = {}) {
    return create(name, table, { exclusion: { ...options, elements } });
  },

  createForeignKey(name, table, columns, referencedTable, referencedColumns, options = {}) {
    const target = { table: referencedTable, columns: referencedColumns };
    return create(name, table, { foreignKey: { ...options, columns, target } });
  },

  alterConstraint(name, table, changes) {
    const kinds = either(deferrable, oneOf(null));
    const { deferrable: kind, was } = checkOptions("It", changes, { deferrable: kinds, was: definition }, [
      "deferrable",
    ]);
    const text = kind === null ? "not deferrable" : `deferrable ${kind}`;
    return {
      subject: columnPath(table, name),
      statements: [`alter table ${quoteQualified(table)} alter constraint ${quoteName(name)} ${text}`],
      reverse:
        was === undefined ? undefined : (op) => op.alterConstraint(name, table, { ...was, was: { deferrable: kind } }),
    };
  },

  validateConstraint(name, table, options = {}) {
    const { was } = checkOptions("It", options, { was: definition });
    const reverse = (op: Operations): void => {
      op.dropConstraint(name, table, { was: was! });
      recreate(op, name, table, notValid(was!));
    };
    return {
      subject: columnPath(table, name),
      statements: [`alter table ${quoteQualified(table)} validate constraint ${quoteName(name)}`],
      reverse: was === undefined ? undefined : reverse,
    };
  },

  renameConstraint(name, table, to) {
    return {
      subject: columnPath(table, name),
      statements: [`alter table ${quoteQualified(table)} rename constraint ${quoteName(name)} to ${quoteName(to)}`],
      reverse: (op) => op.renameConstraint(to, table, name),
    };
  },

  dropConstraint(name, table, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: definition });
    return {
      subject: columnPath(table, name),
      statements: [
        `alter table ${quoteQualified(table)} drop constraint ${quoteName(name)}${when(cascade, "cascade")}`,
      ],
      reverse: was === undefined ? undefined : (op) => recreate(op, name, table, was),
    };
  },
};

function create(name: string, table: Name, constraint: ConstraintDefinition): Rendered {
  const clause = constraintClause("It", constraint);
  return {
    subject: columnPath(table, name),
    statements: [`alter table ${quoteQualified(table)} add constraint ${quoteName(name)} ${clause}`],
    reverse: (op) => op.dropConstraint(name, table, { was: constraint }),
  };
}

function createKey<Options extends UniqueOptions & UsingIndex>(
  name: string,
  table: Name,
  kind: string,
  { usingIndex, ...options }: Options,
  describe: (options: Omit<Options, "usingIndex">) => ConstraintDefinition,
): Rendered {
  const rendered = create(name, table, describe(options));
  if (usingIndex === undefined) return rendered;
  const { columns, deferrable: moment, ...index } = keyOf(describe(options));
  const deferred = when(moment, `deferrable ${moment}`);
  return {
    ...rendered,
    statements: [
      `alter table ${quoteQualified(table)} add constraint ${quoteName(name)} ${kind} using index ${quoteName(usingIndex)}${deferred}`,
    ],
    reverse: (op) => {
      op.dropConstraint(name, table, { was: describe(options) });
      op.createIndex([usingIndex], table, columns, { ...index, unique: true });
    },
  };
}

/** Records the operation that creates it. */
function recreate(op: Operations, name: string, table: Name, was: ConstraintDefinition): void {
  constraintClause("was", was);
  if ("check" in was) {
    const { expression, ...options } = typeof was.check === "string" ? { expression: was.check } : was.check;
    op.createCheckConstraint(name, table, expression, options);
  } else if ("foreignKey" in was) {
    const { columns, target, ...options } = was.foreignKey;
    if (target.columns === undefined)
      throw new DefinitionError("was has a foreign key without the columns it refers to.");
    op.createForeignKey(name, table, columns, target.table, target.columns, options);
  } else if ("exclusion" in was) {
    const { elements, ...options } = was.exclusion;
    op.createExclusionConstraint(name, table, elements, options);
  } else {
    const { columns, ...options } = keyOf(was);
    if ("unique" in was) op.createUniqueConstraint(name, table, columns, options);
    else op.createPrimaryKey(name, table, columns, options);
  }
}

function keyOf(constraint: ConstraintDefinition): UniqueDefinition & PrimaryKeyDefinition {
  const given = "unique" in constraint ? constraint.unique : "primaryKey" in constraint ? constraint.primaryKey : [];
  return (Array.isArray(given) ? { columns: given } : given) as UniqueDefinition;
}

function notValid(was: ConstraintDefinition): ConstraintDefinition {
  if ("foreignKey" in was) return { foreignKey: { ...was.foreignKey, notValid: true } as ForeignKeyDefinition };
  if ("check" in was) {
    const check = (typeof was.check === "string" ? { expression: was.check } : was.check) as CheckDefinition;
    return { check: { ...check, notValid: true } };
  }
  throw new DefinitionError("was is no check and no foreign key; only those are validated.");
}
