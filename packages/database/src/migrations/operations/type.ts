import { type Name, quoteCollation, quoteName, quoteQualified, showName } from "./identifier.ts";
import { checkOptions, definition, entriesOf, flag, name, type Shape, text } from "./options.ts";
import { type Renderers, when } from "./rendered.ts";
import type { Loss } from "./step.ts";
import { canLose } from "./type-change.ts";

/** An attribute of a composite type: its type in SQL, or with a collation. */
export type Attribute = string | { readonly type: string; readonly collation?: Name | undefined };

/** A range type that is to be created. */
export interface RangeDefinition {
  /** The type of its bounds, in SQL. */
  readonly subtype: string;
  /** The operator class that orders bounds. Default: that of the subtype. */
  readonly opclass?: string | undefined;
  readonly collation?: Name | undefined;
  /** A function that gives equal ranges one form. */
  readonly canonical?: Name | undefined;
  /** A function that says how far two bounds are apart. */
  readonly subtypeDiff?: Name | undefined;
  /** The name of the multirange type. Default: PostgreSQL derives one. */
  readonly multirange?: Name | undefined;
}

interface Cascade {
  /** Also in what depends on it. Default: false. */
  readonly cascade?: boolean | undefined;
}

export interface TypeOperations {
  /** CREATE TYPE … AS (…): `{ street: "text", city: "text" }`. */
  createCompositeType(name: Name, attributes: Readonly<Record<string, Attribute>>): void;
  /** DROP TYPE. `cascade` drops its columns too. `was`: its attributes. */
  dropCompositeType(
    name: Name,
    options?: Cascade & { readonly was?: Readonly<Record<string, Attribute>> | undefined },
  ): void;
  /** ALTER TYPE … ADD ATTRIBUTE. */
  addAttribute(type: Name, name: string, attribute: Attribute, options?: Cascade): void;
  /** ALTER TYPE … DROP ATTRIBUTE. `was`: its type. */
  dropAttribute(type: Name, name: string, options?: Cascade & { readonly was?: Attribute | undefined }): void;
  /** ALTER TYPE … ALTER ATTRIBUTE … TYPE. `was`: the type as it was. */
  alterAttribute(
    type: Name,
    name: string,
    attribute: Attribute,
    options?: Cascade & { readonly was?: Attribute | undefined },
  ): void;
  /** ALTER TYPE … RENAME ATTRIBUTE. */
  renameAttribute(type: Name, name: string, to: string, options?: Cascade): void;
  /** CREATE TYPE … AS RANGE. */
  createRangeType(name: Name, range: RangeDefinition): void;
  /** DROP TYPE. `cascade` drops its columns too. `was`: its definition. */
  dropRangeType(name: Name, options?: Cascade & { readonly was?: RangeDefinition | undefined }): void;
}

const RANGE: Shape<RangeDefinition> = {
  subtype: text,
  opclass: text,
  collation: name,
  canonical: name,
  subtypeDiff: name,
  multirange: name,
};

const DROP = { cascade: flag, was: definition };

export const TYPE: Renderers<TypeOperations> = {
  createCompositeType(name, attributes) {
    const all = entriesOf("A composite type", attributes).map(([attribute, what]) => attributeClause(attribute, what));
    return {
      subject: showName(name),
      statements: [`create type ${quoteQualified(name)} as (${all.join(", ")})`],
      reverse: (op) => op.dropCompositeType(name, { was: attributes }),
    };
  },

  dropCompositeType(name, options = {}) {
    const { cascade, was } = checkOptions("It", options, DROP);
    return {
      subject: showName(name),
      statements: [`drop type ${quoteQualified(name)}${when(cascade, "cascade")}`],
      losses: dropTypeLosses(name, cascade),
      reverse: was === undefined ? undefined : (op) => op.createCompositeType(name, was as Record<string, Attribute>),
    };
  },

  addAttribute(type, name, attribute, options = {}) {
    const { cascade } = checkOptions("It", options, { cascade: flag });
    return {
      subject: `${showName(type)}.${name}`,
      statements: [
        `alter type ${quoteQualified(type)} add attribute ${attributeClause(name, attribute)}${when(cascade, "cascade")}`,
      ],
      reverse: (op) => op.dropAttribute(type, name, { ...options, was: attribute }),
    };
  },

  dropAttribute(type, name, options = {}) {
    const { cascade, was } = checkOptions("It", options, DROP);
    const object = `${showName(type)}.${name}`;
    return {
      subject: object,
      statements: [`alter type ${quoteQualified(type)} drop attribute ${quoteName(name)}${when(cascade, "cascade")}`],
      losses: [{ object, reason: "drops the attribute, in every column of the type" }],
      reverse: was === undefined ? undefined : (op) => op.addAttribute(type, name, was, cascading(cascade)),
    };
  },

  alterAttribute(type, name, attribute, options = {}) {
    const { cascade, was } = checkOptions("It", options, DROP);
    const [from, to] = [was === undefined ? undefined : typeOf(was), typeOf(attribute)];
    const object = `${showName(type)}.${name}`;
    const reason = `changes its type${from === undefined ? "" : ` from ${from}`} to ${to}`;
    const clause = attributeClause(name, attribute).slice(quoteName(name).length);
    return {
      subject: object,
      statements: [
        `alter type ${quoteQualified(type)} alter attribute ${quoteName(name)} type${clause}${when(cascade, "cascade")}`,
      ],
      losses: canLose(from, to) ? [{ object, reason }] : [],
      reverse:
        was === undefined
          ? undefined
          : (op) => op.alterAttribute(type, name, was, { ...cascading(cascade), was: attribute }),
    };
  },

  renameAttribute(type, name, to, options = {}) {
    const { cascade } = checkOptions("It", options, { cascade: flag });
    return {
      subject: `${showName(type)}.${name}`,
      statements: [
        `alter type ${quoteQualified(type)} rename attribute ${quoteName(name)} to ${quoteName(to)}${when(cascade, "cascade")}`,
      ],
      reverse: (op) => op.renameAttribute(type, to, name, options),
    };
  },

  createRangeType(name, range) {
    const given = checkOptions("A range", range, RANGE, ["subtype"]);
    const { subtype, opclass, collation, canonical, subtypeDiff, multirange } = given;
    const parts = [
      `subtype = ${subtype}`,
      opclass === undefined ? "" : `subtype_opclass = ${opclass}`,
      collation === undefined ? "" : `collation = ${quoteCollation(collation)}`,
      canonical === undefined ? "" : `canonical = ${quoteQualified(canonical)}`,
      subtypeDiff === undefined ? "" : `subtype_diff = ${quoteQualified(subtypeDiff)}`,
      multirange === undefined ? "" : `multirange_type_name = ${quoteQualified(multirange)}`,
    ].filter((part) => part !== "");
    return {
      subject: showName(name),
      statements: [`create type ${quoteQualified(name)} as range (${parts.join(", ")})`],
      reverse: (op) => op.dropRangeType(name, { was: range }),
    };
  },

  dropRangeType(name, options = {}) {
    const { cascade, was } = checkOptions("It", options, DROP);
    return {
      subject: showName(name),
      statements: [`drop type ${quoteQualified(name)}${when(cascade, "cascade")}`],
      losses: dropTypeLosses(name, cascade),
      reverse: was === undefined ? undefined : (op) => op.createRangeType(name, was),
    };
  },
};

/** Without CASCADE PostgreSQL refuses to drop a type that a column has. */
export function dropTypeLosses(name: Name, cascade: boolean | undefined): readonly Loss[] {
  return cascade ? [{ object: showName(name), reason: "drops the type and every column of it" }] : [];
}

function attributeClause(attribute: string, what: Attribute): string {
  const { type, collation } = checkOptions<Exclude<Attribute, string>>(
    `Attribute "${attribute}"`,
    typeof what === "string" ? { type: what } : what,
    { type: text, collation: name },
    ["type"],
  );
  return `${quoteName(attribute)} ${type}${collation === undefined ? "" : ` collate ${quoteCollation(collation)}`}`;
}

function typeOf(attribute: Attribute): string {
  return typeof attribute === "string" ? attribute : attribute.type;
}

function cascading(cascade: boolean | undefined): Cascade {
  return cascade === undefined ? {} : { cascade };
}
