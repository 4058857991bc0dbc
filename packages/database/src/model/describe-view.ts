import { DefinitionError } from "../errors.ts";
import { checkName } from "../identifier.ts";
import { Select } from "../query/select.ts";
import { type Fragment, isFragment } from "../query/writer.ts";
import { definitionSql } from "./definition-sql.ts";
import { describeIndex, indexOfColumn } from "./describe-index.ts";
import { ModelColumns, type TableModel } from "./model-columns.ts";
import type { TableIndex } from "./table-definition.ts";
import { describeTriggers, type TableTrigger } from "./trigger.ts";
import { type CheckOption, MaterializedView, type ViewClass, type ViewParameters } from "./view.ts";

/** A view as data. Names are not quoted; expressions are SQL. */
export interface ViewDefinition {
  readonly name: string;
  readonly schema: string | undefined;
  readonly comment: string | undefined;
  readonly materialized: boolean;
  /** In the order of the model. */
  readonly columns: readonly ViewColumn[];
  /** The names of what the query yields, in its order; undefined: it gives them itself. */
  readonly names: readonly string[] | undefined;
  readonly query: string;
  /** Tables and views that the query is known to read, as SQL writes their names; there may be others in its text. */
  readonly reads: readonly string[];
  /** Those of a materialized view. */
  readonly indexes: readonly TableIndex[];
  readonly triggers: readonly TableTrigger[];
  readonly with: ViewParameters | undefined;
  readonly checkOption: CheckOption | undefined;
}

export interface ViewColumn {
  readonly name: string;
  readonly type: string;
  readonly comment: string | undefined;
}

/**
 * The whole definition of a view, resolved; its query as SQL that stands by itself. All models that it refers to must exist.
 *
 * @throws {DefinitionError} when it has no query, or one that yields other columns than the view has.
 */
export function describeView(view: ViewClass): ViewDefinition {
  const model = view as unknown as TableModel;
  const columns = new ModelColumns(model);
  const query: Fragment = view.query();
  if (!isFragment(query)) {
    throw new DefinitionError(`The query of ${view.name} is no query. Write it as select(…) or sql\`…\`.`);
  }
  const reads = new Set<string>();
  const text = definitionSql(query, undefined, (table) => reads.add(table));
  const materialized = view.prototype instanceof MaterializedView;
  const indexes = columns.list
    .map(indexOfColumn)
    .filter((index) => index !== undefined)
    .concat(model.indexes ?? []);
  if (indexes.length > 0 && !materialized) {
    throw new DefinitionError(`${view.name} has an index, which only a MaterializedView can have.`);
  }
  return {
    name: checkName(view.table),
    schema: view.schema === undefined ? undefined : checkName(view.schema),
    comment: view.comment,
    materialized,
    columns: columns.list.map(({ ref, spec }) => ({ name: ref.column, type: spec.type, comment: spec.comment })),
    names: query instanceof Select ? namesOf(query, view, columns) : undefined,
    query: query instanceof Select ? text.slice(1, -1) : text.trim().replace(/;$/, ""),
    reads: [...reads],
    indexes: indexes.map((index) => describeIndex(columns, index)),
    triggers: describeTriggers(view, { name: view.name, names: (list, what) => columns.names(list, what) }),
    with: view.parameters,
    checkOption: view.checkOption,
  };
}

/** What the columns of a query are called in the view, whose properties have the names that the query gives them. */
function namesOf(query: Select<unknown>, view: ViewClass, { list }: ModelColumns): readonly string[] {
  const selected = query.columns();
  const names = new Map(list.map(({ property, ref }) => [property, ref.column]));
  const extra = selected.filter((name) => !names.has(name));
  const missing = [...names.keys()].filter((name) => !selected.includes(name));
  if (extra.length > 0) {
    throw new DefinitionError(`The query of ${view.name} selects ${extra.join(", ")}, which the view does not have.`);
  }
  if (missing.length > 0) {
    throw new DefinitionError(`The query of ${view.name} does not select ${missing.join(", ")}, which the view has.`);
  }
  return selected.map((name) => names.get(name)!);
}
