/** The name of one of the tables that everybody compares. */
export const tableName = (table: number): string => `product_${table}`;

/** The table that one refers to; the first refers to itself. */
export const parentOf = (table: number): number => Math.floor(table / 2);

/**
 * Makes as many tables of nine columns; each has a foreign key and two indexes. Whoever takes part
 * has the same in the words of its models.
 */
export function tablesSql(tables: number): string {
  return Array.from({ length: tables }, (_, table) => tableSql(table)).join("");
}

function tableSql(table: number): string {
  const name = tableName(table);
  const parent = tableName(parentOf(table));
  return `
    create table ${name} (
      id uuid not null constraint ${name}_pkey primary key,
      created_at timestamptz default now() not null,
      updated_at timestamptz default now() not null,
      name varchar(255) not null,
      note text,
      quantity integer default 0 not null,
      price numeric(12, 2) not null,
      is_active boolean default true not null,
      parent_id uuid not null constraint fk_${name}_parent_id_${parent} references ${parent} (id));
    create unique index ix_${name}_name on ${name} (name);
    create index ix_${name}_parent_id on ${name} (parent_id);`;
}
