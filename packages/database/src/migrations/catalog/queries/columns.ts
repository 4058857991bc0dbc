import { type AclRow, acl, collation, type Qualified, RELATIONS, SCHEMAS } from "./fragments.ts";

/** A column of a table or a view. */
export interface ColumnRow {
  readonly table: string;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  /** Without its length. */
  readonly base: string;
  /** What it is of, or its elements are, where that is no type of PostgreSQL's. */
  readonly userType: string | null;
  readonly nullable: boolean;
  readonly expression: string | null;
  /** Null: nothing of it is to be said. */
  readonly rare: Rare | null;
}

/** What is seldom to be said of a column. */
interface Rare {
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

/** What a database has most of comes in as few and short answers as can be: a table's columns are one of them. */
export type ColumnsRow = readonly [
  table: string,
  columns: readonly (readonly [
    number: number,
    name: string,
    type: string,
    base: string | null,
    userType: string | null,
    nullable: boolean,
    expression: string | null,
    rare: Rare | null,
  ])[],
];

export const COLUMNS_QUERY = `
  with ${SCHEMAS}, ${RELATIONS}
  select json_build_array(r.oid, json_agg(json_build_array(
    a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
    case when a.atttypmod <> -1 then format_type(a.atttypid, null) end,
    case when y.oid >= 16384 then case when y.typcategory = 'A' then y.typelem else y.oid end end,
    not a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
    case when a.attidentity <> '' or a.attgenerated <> '' or a.attcollation <> y.typcollation
      or a.attstorage <> y.typstorage or a.attcompression <> '' or a.attstattarget >= 0 or a.attinhcount > 0
      or a.attacl is not null then json_build_object(
        'identity', a.attidentity, 'generated', a.attgenerated, 'collation', ${collation("a.attcollation", "y.typcollation")},
        'storage', case when a.attstorage <> y.typstorage then a.attstorage end,
        'compression', case when a.attcompression <> '' then a.attcompression end,
        'statistics', case when a.attstattarget >= 0 then a.attstattarget end,
        'local', case when a.attinhcount > 0 then a.attislocal end, 'acl', ${acl("c", "a.attacl", "r.relowner")}) end
    ) order by a.attnum))
  from r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  join pg_type y on y.oid = a.atttypid left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
  group by r.oid order by r.oid`;

export function columnRows(answers: readonly ColumnsRow[]): readonly ColumnRow[] {
  return answers.flatMap(([table, columns]) =>
    columns.map(([number, name, type, base, userType, nullable, expression, rare]) => ({
      table,
      number,
      name,
      type,
      base: base ?? type,
      userType,
      nullable,
      expression,
      rare,
    })),
  );
}
