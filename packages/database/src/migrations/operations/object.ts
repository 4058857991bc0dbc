import { DefinitionError } from "../../errors.ts";
import { nearest } from "../../misspelling.ts";
import {
  bareOf,
  inSchema,
  type Name,
  quoteBare,
  quoteName,
  quoteQualified,
  renamed,
  schemaOf,
  showName,
} from "./identifier.ts";
import { literal } from "./literal.ts";
import { checkOptions, either, name as nameCheck, oneOf, text } from "./options.ts";
import type { Renderers } from "./rendered.ts";
import { quoteRole } from "./role.ts";
import { quoteSignature, routineName, type Signature, signatureName, withName, withoutDefaults } from "./signature.ts";

/** Routines are named by their signature: `touch()`. Types are enums, composite and range types. */
export type RoutineKind = "function" | "procedure";
export type RelationKind = "table" | "view" | "materialized view" | "sequence";
export type TypeKind = "type" | "domain";

/** What has an operation of its own to be renamed (table, column, index, constraint …) is none of these. */
export type RenamedKind = Exclude<RelationKind, "table"> | TypeKind | RoutineKind | "schema" | "statistics";
/** Kinds of objects that can be moved to another schema. */
export type MovedKind = RelationKind | TypeKind | RoutineKind | "statistics";
/** Kinds of objects that have an owner. */
export type OwnedKind = MovedKind | "schema";
/** A column's comment is part of the column. */
export type CommentedKind = OwnedKind | "index" | "extension" | OnTable;
type OnTable = "constraint" | "trigger" | "policy" | "rule";

const TABLE_PARTS: readonly string[] = ["constraint", "trigger", "policy", "rule"];
const RELATIONS: readonly string[] = ["table", "view", "materialized view", "sequence"];
const MOVED: readonly string[] = [...RELATIONS, "type", "domain", "function", "procedure", "statistics"];
const RENAMED: readonly string[] = [...MOVED.slice(1), "schema"];
const OWNED: readonly string[] = [...MOVED, "schema"];
const COMMENTED: readonly string[] = [...OWNED, "index", "extension", ...TABLE_PARTS];

export interface ObjectOperations {
  /** ALTER … RENAME TO, of what has no operation of its own for that. It stays in its schema. */
  rename(kind: RenamedKind, name: Signature | Name, to: Name): void;
  /** ALTER … SET SCHEMA. The name has to have a schema to be taken back. */
  setSchema(kind: MovedKind, name: Signature | Name, schema: string): void;
  /** ALTER … OWNER TO. `was`: the owner before. */
  setOwner(
    kind: OwnedKind,
    name: Signature | Name,
    owner: string,
    options?: { readonly was?: string | undefined },
  ): void;
  /**
   * COMMENT ON; null takes it away. `on`: the table of a constraint, a trigger, a policy or a rule. `was`: the comment
   * before, null for none.
   */
  comment(
    kind: CommentedKind,
    name: Signature | Name,
    comment: string | null,
    options?: { readonly on?: Name | undefined; readonly was?: string | null | undefined },
  ): void;
}

export const OBJECT: Renderers<ObjectOperations> = {
  rename(kind, name, to) {
    const object = quoteObject(kind, name, RENAMED);
    return {
      subject: `${kind} ${showObject(kind, name)}`,
      statements: [`alter ${kind} ${object} rename to ${quoteBare(to)}`],
      reverse: (op) =>
        op.rename(
          kind,
          changed(kind, name, (old) => renamed(old, to)),
          bareOf(nameOf(kind, name)),
        ),
    };
  },

  setSchema(kind, name, schema) {
    const object = quoteObject(kind, name, MOVED);
    const from = schemaOf(nameOf(kind, name));
    return {
      subject: `${kind} ${showObject(kind, name)}`,
      statements: [`alter ${kind} ${object} set schema ${quoteName(schema)}`],
      reverse:
        from === undefined
          ? undefined
          : (op) =>
              op.setSchema(
                kind,
                changed(kind, name, (old) => inSchema(old, schema)),
                from,
              ),
    };
  },

  setOwner(kind, name, owner, options = {}) {
    const object = quoteObject(kind, name, OWNED);
    const { was } = checkOptions("It", options, { was: text });
    return {
      subject: `${kind} ${showObject(kind, name)}`,
      statements: [`alter ${kind} ${object} owner to ${quoteRole(owner)}`],
      reverse: was === undefined ? undefined : (op) => op.setOwner(kind, name, was, { was: owner }),
    };
  },

  comment(kind, name, comment, options = {}) {
    const object = quoteObject(kind, name, COMMENTED);
    const { on, was } = checkOptions("It", options, { on: nameCheck, was: either(text, oneOf(null)) });
    if (TABLE_PARTS.includes(kind) !== (on !== undefined)) {
      throw new DefinitionError(`A ${kind} ${on === undefined ? "needs on: its table" : "takes no on"}.`);
    }
    const table = on === undefined ? "" : ` on ${quoteQualified(on)}`;
    const now = comment;
    return {
      subject: `${kind} ${showObject(kind, name)}`,
      statements: [`comment on ${kind} ${object}${table} is ${literal(comment)}`],
      reverse: was === undefined ? undefined : (op) => op.comment(kind, name, was, { ...options, was: now }),
    };
  },
};

/** @throws {DefinitionError} when the operation knows no such kind of object. */
export function quoteObject(kind: string, name: Signature | Name, kinds: readonly string[]): string {
  if (!kinds.includes(kind)) {
    const meant = nearest(String(kind), kinds);
    const hint = meant === undefined ? "" : ` Did you mean "${meant}"?`;
    throw new DefinitionError(`It begins with a kind of object: ${kinds.join(", ")}.${hint}`);
  }
  if (isRoutine(kind)) return quoteSignature(withoutDefaults(name as Signature));
  if (TABLE_PARTS.includes(kind)) return quoteName(name as string);
  if (kind === "schema" || kind === "extension") return quoteBare(name as Name);
  return quoteQualified(name as Name);
}

function showObject(kind: string, name: Signature | Name): string {
  return isRoutine(kind) ? signatureName(name as Signature) : showName(name as Name);
}

function nameOf(kind: string, name: Signature | Name): Name {
  return isRoutine(kind) ? routineName(name as Signature) : (name as Name);
}

function changed(kind: string, name: Signature | Name, change: (name: Name) => Name): Signature | Name {
  return isRoutine(kind) ? withName(withoutDefaults(name as Signature), change) : change(name as Name);
}

function isRoutine(kind: string): boolean {
  return kind === "function" || kind === "procedure";
}
