import { DefinitionError } from "../../errors.ts";
import {
  COMPRESSION,
  type ColumnDefinition,
  type ColumnTraits,
  columnClause,
  columnPath,
  columnStatements,
  commentOnColumn,
  identityClause,
  STORAGE,
} from "./column-clause.ts";
import { type Name, quoteCollation, quoteName, quoteQualified } from "./identifier.ts";
import {
  checkOptions,
  definition,
  either,
  flag,
  name,
  object,
  oneOf,
  type Shape,
  text,
  textOrNull,
  whole,
} from "./options.ts";
import { type Renderers, when } from "./rendered.ts";
import type { Loss } from "./step.ts";
import { canLose } from "./type-change.ts";

/** What shall be different about a column; what is absent stays. */
export interface ColumnChanges extends Pick<ColumnTraits, "storage" | "compression" | "statistics"> {
  readonly type?: string | undefined;
  /** How old values become new ones, in SQL, where a change of type needs saying. */
  readonly using?: string | undefined;
  /** Together with the type, which PostgreSQL sets anew with it. */
  readonly collation?: Name | undefined;
  readonly nullable?: boolean | undefined;
  /** In SQL; null takes it away. */
  readonly default?: string | null | undefined;
  /** null takes it away. */
  readonly identity?: ColumnTraits["identity"] | null | undefined;
  /** null: it keeps its values and is generated no more. A column cannot become a generated one: drop it and add it. */
  readonly generated?: null | undefined;
  /** null takes it away. */
  readonly comment?: string | null | undefined;
}

export interface ColumnOperations {
  /** ALTER TABLE … ADD COLUMN, and COMMENT where it has one. */
  addColumn(table: Name, name: string, column: ColumnDefinition): void;
  /**
   * ALTER TABLE … DROP COLUMN. `cascade` drops what depends on it too; `only` leaves it to the tables that inherit from this
   * one. `was`: its definition; it comes back as the last.
   */
  dropColumn(
    table: Name,
    name: string,
    options?: {
      readonly cascade?: boolean | undefined;
      readonly only?: boolean | undefined;
      readonly was?: ColumnDefinition | undefined;
    },
  ): void;
  /** ALTER TABLE … RENAME COLUMN. */
  renameColumn(table: Name, name: string, to: string): void;
  /**
   * ALTER TABLE … ALTER COLUMN: TYPE, SET and DROP DEFAULT, NOT NULL, IDENTITY, EXPRESSION, STORAGE, COMPRESSION,
   * STATISTICS; and COMMENT. `was`: what it was of all that changes; without it `nullable` and a new identity are taken
   * back, and nothing else. `was.type` also tells whether the change of type can lose anything.
   */
  alterColumn(table: Name, name: string, changes: ColumnChanges & { readonly was?: ColumnChanges | undefined }): void;
}

const CHANGES: Shape<ColumnChanges & { was?: ColumnChanges }> = {
  type: text,
  using: text,
  collation: name,
  nullable: flag,
  default: textOrNull,
  identity: either(oneOf("always", "by default", null), object),
  generated: oneOf(null),
  storage: STORAGE,
  compression: COMPRESSION,
  statistics: whole,
  comment: textOrNull,
  was: definition,
};

export const COLUMN: Renderers<ColumnOperations> = {
  addColumn(table, name, column) {
    return {
      subject: columnPath(table, name),
      statements: [
        `alter table ${quoteQualified(table)} add column ${columnClause(name, column)}`,
        ...columnStatements(table, name, column),
      ],
      reverse: (op) => op.dropColumn(table, name, { was: column }),
    };
  },

  dropColumn(table, name, options = {}) {
    const { cascade, only, was } = checkOptions("It", options, { cascade: flag, only: flag, was: definition });
    return {
      subject: columnPath(table, name),
      statements: [
        `alter table${when(only, "only")} ${quoteQualified(table)} drop column ${quoteName(name)}${when(cascade, "cascade")}`,
      ],
      losses: [
        {
          object: columnPath(table, name),
          table,
          column: name,
          reason: "drops the column",
          ...(was?.generated === undefined ? {} : { unlikely: true }),
        },
      ],
      reverse: was === undefined ? undefined : (op) => op.addColumn(table, name, was),
    };
  },

  renameColumn(table, name, to) {
    return {
      subject: columnPath(table, name),
      statements: [`alter table ${quoteQualified(table)} rename column ${quoteName(name)} to ${quoteName(to)}`],
      reverse: (op) => op.renameColumn(table, to, name),
    };
  },

  alterColumn(table, name, changes) {
    const { was, ...now } = checkOptions("It", changes, CHANGES);
    const statements: string[] = [];
    const actions = columnActions(now, was);
    if (actions.length > 0) {
      const all = actions.map((action) => `alter column ${quoteName(name)} ${action}`);
      statements.push(`alter table ${quoteQualified(table)} ${all.join(", ")}`);
    }
    if (now.comment !== undefined) statements.push(commentOnColumn(table, name, now.comment));
    if (statements.length === 0) throw new DefinitionError("It changes nothing.");
    const back = changesBack(now, was);
    return {
      subject: columnPath(table, name),
      statements,
      losses: typeLosses(table, name, now, was),
      reverse: back === undefined ? undefined : (op) => op.alterColumn(table, name, back),
    };
  },
};

function columnActions(now: ColumnChanges, was: ColumnChanges | undefined): string[] {
  const { type, using, collation, nullable, default: fallback, identity, generated } = now;
  if (type === undefined && (using !== undefined || collation !== undefined)) {
    throw new DefinitionError("It has using or collation without a type; PostgreSQL sets them with the type.");
  }
  const actions: string[] = [];
  if (identity === null) actions.push("drop identity");
  if (generated === null) actions.push("drop expression");
  // The old default need not fit the new type; PostgreSQL takes it away first, wherever it stands here.
  if (fallback === null || (fallback !== undefined && type !== undefined)) actions.push("drop default");
  if (type !== undefined) {
    const collated = collation === undefined ? "" : ` collate ${quoteCollation(collation)}`;
    actions.push(`type ${type}${collated}${when(using, `using ${using}`)}`);
  }
  if (typeof fallback === "string") actions.push(`set default ${fallback}`);
  if (nullable !== undefined) actions.push(nullable ? "drop not null" : "set not null");
  if (identity !== undefined && identity !== null) actions.push(identityAction(identity, was?.identity));
  if (now.storage !== undefined) actions.push(`set storage ${now.storage}`);
  if (now.compression !== undefined) actions.push(`set compression ${now.compression}`);
  if (now.statistics !== undefined) actions.push(`set statistics ${now.statistics}`);
  return actions;
}

/** One that was there is set anew, one that was not is added. */
function identityAction(now: NonNullable<ColumnChanges["identity"]>, was: ColumnChanges["identity"]): string {
  const clause = identityClause("The column", now);
  if (was === undefined || was === null) return `add generated ${clause}`;
  if (typeof now !== "string" || typeof was !== "string") {
    throw new DefinitionError("An identity changes between always and by default; alterSequence changes its sequence.");
  }
  return `set generated ${now}`;
}

/** Undefined: something that changes has an unknown past. */
function changesBack(
  now: ColumnChanges,
  was: ColumnChanges | undefined,
): (ColumnChanges & { readonly was: ColumnChanges }) | undefined {
  const back: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(now)) {
    if (value === undefined || key === "using") continue;
    const old = was?.[key as keyof ColumnChanges];
    if (old !== undefined) back[key] = old;
    else if (key === "nullable") back[key] = !value;
    else if (key === "identity" && value !== null) back[key] = null;
    else return undefined;
  }
  if (now.generated === null) return undefined;
  if (was?.using !== undefined && back["type"] !== undefined) back["using"] = was.using;
  const { using: _, ...forth } = now;
  return { ...back, was: now.using === undefined ? forth : now };
}

function typeLosses(
  table: Name,
  column: string,
  { type, using }: ColumnChanges,
  was: ColumnChanges | undefined,
): readonly Loss[] {
  if (type === undefined) return [];
  const loss = { object: columnPath(table, column), table, column, change: { to: type, using } };
  if (was?.type === undefined) return [{ ...loss, reason: `changes its type to ${type}` }];
  const unlikely = canLose(was.type, type, using, column) ? {} : ({ unlikely: true } as const);
  return [{ ...loss, reason: `changes its type from ${was.type} to ${type}`, ...unlikely }];
}
