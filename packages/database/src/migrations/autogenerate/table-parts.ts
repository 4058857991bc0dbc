import type { TablePolicy } from "../../model/policy.ts";
import type { TableDefinition as ModelTable, TableIndex, TableIndexKey } from "../../model/table-definition.ts";
import type { TableTrigger } from "../../model/trigger.ts";
import { given } from "../catalog/words.ts";
import type { Name } from "../operations/identifier.ts";
import type { IndexKey } from "../operations/index-clause.ts";
import type { Operations } from "../operations/operations.ts";
import type { TriggerDefinition } from "../operations/trigger.ts";

/*
 * What of a model's table is created after the table.
 */

export function createIndex(op: Operations, table: Name, index: TableIndex): void {
  const { name, keys, include, with: parameters, ...options } = index;
  op.createIndex(
    [name],
    table,
    keys.map((key) => keyOf(key, index.method)),
    given({
      ...options,
      include: include.length === 0 ? undefined : include,
      with: Object.keys(parameters).length === 0 ? undefined : parameters,
    }),
  );
}

/** Only a btree has an order. */
export function keyOf({ on, order, nulls, opclass, collation }: TableIndexKey, method: string): IndexKey & object {
  return given({ ...on, ...(method === "btree" ? { order, nulls } : {}), opclass, collation }) as IndexKey & object;
}

export function createForeignKeys(op: Operations, table: ModelTable): void {
  for (const { name, columns, target, ...options } of table.foreignKeys) {
    const referenced = target.schema === undefined ? [target.table] : [target.schema, target.table];
    const own = table.schema === undefined ? [table.name] : [table.schema, table.name];
    op.createForeignKey(name, own, columns, referenced, target.columns, given(options));
  }
}

/** Creates a trigger. */
export function setOff(op: Operations, table: Name, trigger: TableTrigger): void {
  const { name, function: called, routine: _, arguments: args, constraint, fires, ...others } = trigger;
  const definition = {
    ...others,
    function: called.schema === undefined ? [called.name] : [called.schema, called.name],
    arguments: args.length === 0 ? undefined : args,
    constraint: constraint || undefined,
  };
  op.createTrigger(name, table, given(definition) as TriggerDefinition);
  if (fires === "never") op.disableTrigger(name, table);
  else if (fires !== undefined) op.enableTrigger(name, table, { fires });
}

/** Creates policies, and row security. */
export function protect(op: Operations, table: Name, { policies, rowSecurity }: ModelTable): void {
  for (const { name, ...policy } of policies) op.createPolicy(name, table, given<TablePolicy>(policy as TablePolicy));
  if (rowSecurity !== "disabled") op.enableRowSecurity(table, given({ force: rowSecurity === "forced" || undefined }));
}
