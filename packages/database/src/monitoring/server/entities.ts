import type { Ask } from "./side-connection.ts";

/** A table as a diagram shows it. */
export interface Entity {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly EntityColumn[];
  /** Its foreign keys. */
  readonly references: readonly EntityReference[];
}

/** A column in the diagram of tables. */
export interface EntityColumn {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  /** Whether it is part of the primary key. */
  readonly isKey: boolean;
}

/** A foreign key: columns, and the table that they lead to. */
export interface EntityReference {
  readonly columns: readonly string[];
  readonly schema: string;
  readonly name: string;
  /** Whether a row is referred to by one row at most: the columns are unique. */
  readonly isUnique: boolean;
}

/** Tables of users; partitions are their partitioned table, and what belongs to an extension is not shown. */
const ENTITIES = `
  select n.nspname::text as schema, c.relname::text as name,
         coalesce((select json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod),
                                                     'isRequired', attnotnull, 'isKey', coalesce(attnum = any(k.conkey), false))
                                   order by attnum)
                     from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped), '[]') as columns,
         coalesce((select json_agg(json_build_object(
                       'columns', (select json_agg(attname order by o) from unnest(f.conkey) with ordinality u (number, o)
                                     join pg_attribute on attrelid = c.oid and attnum = number),
                       'schema', tn.nspname, 'name', t.relname,
                       'isUnique', exists (
                         select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indpred is null
                            and i.indkey::int2[] <@ f.conkey and i.indnkeyatts = i.indnatts))
                                   order by f.conname)
                     from pg_constraint f join pg_class t on t.oid = f.confrelid join pg_namespace tn on tn.oid = t.relnamespace
                    where f.conrelid = c.oid and f.contype = 'f' and f.conparentid = 0), '[]') as references
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
   where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
     and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
   order by c.oid
   limit $1`;

/** The database's tables with their columns and foreign keys, in the order in which they were made. */
export async function readEntities(ask: Ask, limit = 60): Promise<readonly Entity[]> {
  return await ask<Entity>(ENTITIES, [limit]);
}
