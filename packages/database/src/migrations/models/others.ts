import type { ViewDefinition } from "../../model/describe-view.ts";
import type { RoutineDefinition } from "../../model/routine.ts";
import type { TableDefinition as ModelTable } from "../../model/table-definition.ts";
import type { TableTrigger } from "../../model/trigger.ts";
import type {
  Catalog,
  CatalogObject,
  CatalogPolicy,
  CatalogRoutine,
  CatalogTable,
  CatalogTrigger,
  CatalogView,
} from "../catalog/catalog.ts";
import { key, plain } from "../catalog/key.ts";
import { isSame } from "../compare/call.ts";
import { partsOf } from "../operations/identifier.ts";
import type { Tried } from "./trial.ts";
import { Doubt } from "./words.ts";

/*
 * Views, functions, triggers and policies of models, each of which has to be the one that the database has.
 */

/** @throws {Doubt} when one is another than the database has. */
export function sameViews(live: Catalog, views: readonly ViewDefinition[], tried: Tried): readonly CatalogView[] {
  const are = new Map(live.views.map((view) => [view.key, view]));
  return views.map((view) => {
    if (view.materialized) throw new Doubt(); // nothing temporary is
    const is = are.get(key("view", view.schema ?? live.defaultSchema, view.name));
    const made = tried.views.get(view);
    const same = sameOne(is, made, (one) => [one.materialized, one.definition, one.columns.map(columnOf(is))]);
    return { ...same, triggers: sameTriggers(same, view, made) };
  });
}

/** A comment that a model does not have stays. */
function columnOf(live: CatalogView | undefined): (column: CatalogView["columns"][number], place: number) => unknown {
  return ({ name, type, default: fallback, comment }, place) => [
    name,
    type,
    fallback,
    comment ?? live?.columns[place]?.comment,
  ];
}

/** @throws {Doubt} when one is another than the database has. */
export function sameRoutines(
  live: Catalog,
  routines: readonly RoutineDefinition[],
  tried: Tried,
): readonly CatalogRoutine[] {
  const are = new Map(live.routines.map((routine) => [routine.key, routine]));
  return routines.map((routine) => {
    const { kind, schema = live.defaultSchema, name } = routine;
    const made = tried.routines.get(routine);
    const types = made?.key.slice(made.key.indexOf("("));
    return sameOne(are.get(key(kind, schema, name) + types), made, (one) => [
      one.kind,
      argumentsOf(one),
      one.definition,
      one.shape,
    ]);
  });
}

function argumentsOf({ signature }: CatalogRoutine): string {
  if (typeof signature !== "string") return signature.arguments ?? "";
  return signature.slice(signature.indexOf("(") + 1, -1);
}

/** @throws {Doubt} when one is another than the database has. */
export function sameTriggers(
  live: CatalogTable | CatalogView,
  { triggers }: { readonly triggers: readonly TableTrigger[] },
  tried: CatalogTable | CatalogView | undefined,
): readonly CatalogTrigger[] {
  return same(live.triggers, triggers, tried?.triggers, ({ definition, fires }) => [definition, fires]);
}

/** @throws {Doubt} when one is another than the database has. */
export function samePolicies(
  live: CatalogTable,
  { policies }: ModelTable,
  tried: CatalogTable | undefined,
): readonly CatalogPolicy[] {
  const own = (sql: string | undefined): string | undefined =>
    tried === undefined ? sql : sql?.replaceAll(`${nameOf(tried)}.`, `${nameOf(live)}.`);
  return same(live.policies, policies, tried?.policies, ({ definition }) => {
    return { ...definition, using: own(definition.using), check: own(definition.check) };
  });
}

/** What stands before a column of the table, inside of another query. */
function nameOf({ name }: CatalogTable): string {
  return plain(partsOf(name).at(-1)!);
}

interface Named {
  readonly name: string;
}

/** @param tried undefined: it is not known yet. */
function same<Part extends CatalogObject & Named>(
  live: readonly Part[],
  models: readonly Named[],
  tried: readonly Part[] | undefined,
  traits: (part: Part) => unknown,
): readonly Part[] {
  if (tried === undefined) return live;
  return models.map(({ name }) => {
    const named = (part: Part): boolean => part.name === name;
    return sameOne(live.find(named), tried.find(named), traits);
  });
}

function sameOne<One extends CatalogObject>(
  live: One | undefined,
  made: One | undefined,
  traits: (one: One) => unknown,
): One {
  if (live === undefined || made === undefined || !isSame(traits(live), traits(made))) throw new Doubt();
  if (made.comment !== undefined && made.comment !== live.comment) throw new Doubt();
  return live;
}
