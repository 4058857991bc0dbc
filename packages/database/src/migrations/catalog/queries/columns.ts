import { type AclRow, acl, collation, type Qualified, RELATIONS, SCHEMAS } from "./fragments.ts";

/** A column of a table or a view. */
export interface ColumnRow {
  readonly table: string;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly base: string;
  /** What it is of, or its elements are, where that is no type of PostgreSQL's. */
  readonly userType: string | null;
  readonly nullable: boolean;
  readonly expression: string | null;
  readonly identity: "" | "a" | "d";
  readonly generated: "" | "s";
  readonly collation: Qualified | null;
  /** Where they are not those of the type. */
  readonly storage: "p" | "e" | "x" | "m" | null;
  readonly compression: "p" | "l" | null;
  readonly statistics: number | null;
  /** Whether it is the table's own as well; null: it comes from no parent. */
  readonly local: boolean | null;
  readonly acl: AclRow;
}

export const COLUMNS_QUERY = `
  with ${SCHEMAS}, ${RELATIONS}
  select json_build_object(
    'table', r.oid, 'number', a.attnum, 'name', a.attname,
    'type', format_type(a.atttypid, a.atttypmod), 'base', format_type(a.atttypid, null),
    'userType', case when y.oid >= 16384 then case when y.typcategory = 'A' then y.typelem else y.oid end end,
    'nullable', not a.attnotnull, 'expression', pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity,
    'generated', a.attgenerated, 'collation', ${collation("a.attcollation", "y.typcollation")},
    'storage', case when a.attstorage <> y.typstorage then a.attstorage end,
    'compression', case when a.attcompression <> '' then a.attcompression end,
    'statistics', case when a.attstattarget >= 0 then a.attstattarget end,
    'local', case when a.attinhcount > 0 then a.attislocal end, 'acl', ${acl("c", "a.attacl", "r.relowner")})
  from r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  join pg_type y on y.oid = a.atttypid left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
  order by r.oid, a.attnum`;
