/** `HashedPassword` and `hashedPassword` → `hashed_password`; `HTTPServer` → `http_server`. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}

/** The plural of an English snake_case name, as table names use it: `user` → `users`, `category` → `categories`. */
export function plural(name: string): string {
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  if (/(s|x|z|ch|sh)$/.test(name)) return `${name}es`;
  return `${name}s`;
}

/** PostgreSQL's own name for a table's primary key, which it cuts to 63 bytes by shortening the table's. */
export function primaryKeyName(table: string): string {
  let stem = table;
  while (Buffer.byteLength(stem) > 63 - "_pkey".length) stem = [...stem].slice(0, -1).join("");
  return `${stem}_pkey`;
}

/**
 * The name of an index (`ix_users_email`), a unique constraint (`uq_users_email`), a check (`ck_users_age`) or a foreign
 * key (`fk_orders_customer_id_customers`): SQLAlchemy's usual convention.
 */
export function conventionalName(kind: "ix" | "uq" | "ck" | "fk", table: string, ...parts: readonly string[]): string {
  return [kind, table, ...parts].join("_");
}
