import type { ForeignKeyDefinition } from "../operations/constraint-clause.ts";
import { args, arrow, type Code, call, object, refsArrow } from "./code.ts";
import { many } from "./column-code.ts";
import { typeOf } from "./constraint-code.ts";
import type { Imports } from "./imports.ts";
import { camelCase, Names, pascalCase, TAKEN_STATICS } from "./names.ts";
import { type ModelNames, type Registry, refOf } from "./registry.ts";

interface Link {
  readonly from: ModelNames;
  readonly to: ModelNames;
  readonly key: ForeignKeyDefinition;
  readonly columns: readonly string[];
  readonly targets: readonly string[];
}

/** The relations of all models, both ends of each foreign key, by model and name. */
export function relationsOf(registry: Registry, imports: Imports): ReadonlyMap<ModelNames, ReadonlyMap<string, Code>> {
  const taken = new Map(registry.models.map((model) => [model, new Names(TAKEN_STATICS)]));
  const relations = new Map(registry.models.map((model) => [model, new Map<string, Code>()]));
  const links = registry.models.flatMap((from) => linksOf(from, registry));
  const named = links.map((link) => {
    const { from, to, columns, targets } = link;
    const name = taken.get(from)!.take(...namesTo(link));
    const code = call(
      imports.use("belongsTo"),
      arrow(to.name),
      refsArrow(columns.map((column) => refOf(from, column))),
      ...references(to, targets),
    );
    relations.get(from)!.set(name, code);
    return { ...link, name };
  });
  for (const { from, to, columns, targets, name } of named) {
    const isOne = isUnique(from, columns);
    const siblings = links.filter((link) => link.from === from && link.to === to).length;
    const plain = isOne ? camelCase(from.name) : many(from.name);
    const wanted = siblings > 1 ? [`${plain}By${pascalCase(name)}`] : [plain, `${plain}By${pascalCase(name)}`];
    const code = call(
      imports.use(isOne ? "hasOne" : "hasMany"),
      arrow(from.name),
      refsArrow(columns.map((column) => refOf(from, column))),
      ...references(to, targets),
    );
    relations.get(to)!.set(taken.get(to)!.take(...wanted), code);
  }
  return relations;
}

function linksOf(from: ModelNames, registry: Registry): readonly Link[] {
  return from.table.constraints.flatMap(({ definition }) => {
    if (!("foreignKey" in definition)) return [];
    const key = definition.foreignKey;
    const to = registry.find(key.target.table);
    const targets = key.target.columns ?? [];
    if (to === undefined || key.columns.some((column, i) => typeOf(from, column) !== typeOf(to, targets[i]!)))
      return [];
    return [{ from, to, key, columns: key.columns, targets }];
  });
}

/** `user_id` → `user`; of several columns, and of one that ends otherwise, the model's own name first. */
function namesTo({ from, to, columns }: Link): readonly string[] {
  const target = camelCase(to.name);
  const [only, ...others] = columns;
  const stem = others.length === 0 ? /^(.+)_id$/.exec(only!)?.[1] : undefined;
  const property = from.properties.get(only!)!;
  return stem === undefined
    ? [target, `${target}By${pascalCase(property)}`]
    : [camelCase(stem), `${camelCase(stem)}Of${to.name}`];
}

/** Said where the key does not refer to the primary key. */
function references(to: ModelNames, targets: readonly string[]): readonly Code[] {
  if (JSON.stringify(keyOf(to)) === JSON.stringify(targets)) return [];
  return args(object({ references: refsArrow(targets.map((column) => refOf(to, column))) }));
}

function keyOf({ table }: ModelNames): readonly string[] {
  for (const { definition } of table.constraints) {
    if ("primaryKey" in definition) {
      return "columns" in definition.primaryKey ? definition.primaryKey.columns : definition.primaryKey;
    }
  }
  return [];
}

function isUnique(model: ModelNames, columns: readonly string[]): boolean {
  const wanted = [...columns].sort().join("\0");
  const keys = model.table.constraints.flatMap(({ definition }) => {
    if (!("unique" in definition)) return [];
    return ["columns" in definition.unique ? definition.unique.columns : definition.unique];
  });
  return [keyOf(model), ...keys].some((key) => [...key].sort().join("\0") === wanted);
}
