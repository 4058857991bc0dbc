import { DefinitionError } from "../errors.ts";
import { type Condition, Operation } from "../query/expression.ts";
import { and, not, or } from "../query/logic.ts";
import type { Relation } from "../query/relation.ts";
import { baseSource } from "../query/source.ts";
import type { Table } from "../query/table.ts";
import { checkDepth, columnCondition } from "./column-filter.ts";
import { isPlainObject, modelOf, relationOf, shown } from "./model-of.ts";
import { Aliases, existsRelated, type Scope } from "./related-rows.ts";

/**
 * The conditions of a filter (see `Filter`), all of which have to hold; none for `{}`. Filters may come from outside, as
 * JSON: whatever is in them becomes a parameter, or is refused.
 *
 * @param withDeleted whether soft-deleted rows at the other end of a relation count.
 * @throws {DefinitionError} on names, comparisons and values that do not exist or do not fit, on `undefined` and empty
 *   parts, which would match everything by accident, and on filters that are nested more than 32 deep or ask more than 64
 *   tables through relations.
 */
export function filterConditions(table: Table, filter: unknown, withDeleted = false): readonly Condition[] {
  return new FilterReader(table, withDeleted).read({ table, c: baseSource(table).c }, filter, 1);
}

class FilterReader {
  readonly #aliases: Aliases;
  readonly #withDeleted: boolean;

  constructor(table: Table, withDeleted: boolean) {
    this.#aliases = new Aliases(table);
    this.#withDeleted = withDeleted;
  }

  read(scope: Scope, filter: unknown, depth: number): readonly Condition[] {
    checkDepth(depth);
    const { name } = modelOf(scope.table);
    if (!isPlainObject(filter)) {
      throw new DefinitionError(`A filter of ${name} is an object of conditions by column or relation.`);
    }
    return Object.entries(filter).map(([property, wanted]) => {
      if (wanted !== undefined) return this.#condition(scope, property, wanted, depth);
      throw new DefinitionError(
        `${shown(property)} is undefined in a filter of ${name}. Leave it out, or say null for NULL.`,
      );
    });
  }

  #condition(scope: Scope, property: string, wanted: unknown, depth: number): Condition {
    if (property === "not") return not(and(...this.#readSome(scope, wanted, depth + 1)));
    if (property === "and" || property === "or") {
      if (!Array.isArray(wanted) || wanted.length === 0) {
        throw new DefinitionError(`${property} takes a list of filters, with at least one.`);
      }
      const parts = wanted.map((part: unknown) => and(...this.#readSome(scope, part, depth + 1)));
      return property === "and" ? and(...parts) : or(...parts);
    }
    const column = scope.table.byProperty.has(property) ? scope.c[property] : undefined;
    if (column !== undefined) return columnCondition(column, wanted, depth + 1);
    const relation = relationOf(scope.table, property);
    if (relation !== undefined) return this.#related(scope, property, relation, wanted, depth + 1);
    const { name } = modelOf(scope.table);
    throw new DefinitionError(`${name} has no column or relation ${shown(property)} to filter by.`);
  }

  #related(scope: Scope, name: string, relation: Relation<unknown>, wanted: unknown, depth: number): Condition {
    const found = (where: (related: Scope) => readonly Condition[]): Condition =>
      existsRelated(scope, relation, {
        aliases: this.#aliases,
        deleted: this.#withDeleted ? "with" : "without",
        where,
      });
    if (!relation.isMany) {
      return wanted === null ? not(found(() => [])) : found((related) => this.#readSome(related, wanted, depth));
    }
    if (!isPlainObject(wanted) || Object.keys(wanted).length === 0) throw noQuantifier(name);
    const conditions = Object.entries(wanted).map(([quantifier, filter]) => {
      if (quantifier === "some") return found((related) => this.read(related, filter, depth));
      if (quantifier === "none") return not(found((related) => this.read(related, filter, depth)));
      if (quantifier === "every") return not(found((related) => [fails(this.#readSome(related, filter, depth))]));
      throw noQuantifier(name, quantifier);
    });
    return and(...conditions);
  }

  /** A filter that asks for something. */
  #readSome(scope: Scope, filter: unknown, depth: number): readonly Condition[] {
    const conditions = this.read(scope, filter, depth);
    if (conditions.length > 0) return conditions;
    throw new DefinitionError(`A part of a filter of ${modelOf(scope.table).name} is empty, and so asks for nothing.`);
  }
}

/** False, or NULL, which is no match either. */
function fails(conditions: readonly Condition[]): Condition {
  return new Operation<boolean>("logic", [and(...conditions), " is not true"], true);
}

function noQuantifier(name: string, quantifier?: string): DefinitionError {
  const given = quantifier === undefined ? "nothing" : shown(quantifier);
  return new DefinitionError(
    `The filter of ${shown(name)}, a relation to many rows, takes some, none, every, not ${given}.`,
  );
}
