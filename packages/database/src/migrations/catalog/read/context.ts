import type { Name } from "../../operations/identifier.ts";
import type { Grant, Privileges } from "../catalog.ts";
import { plain } from "../key.ts";
import type { Objects } from "../objects.ts";
import type { FactsRow } from "../queries/facts.ts";
import type { AclRow, Qualified } from "../queries/fragments.ts";
import { nameOf, shortType } from "../words.ts";

/** What all readers of rows know. */
export interface Context {
  readonly objects: Objects;
  readonly names: Naming;
  /** Names of columns by their numbers, by the oid of the table. */
  readonly columns: ReadonlyMap<string, ReadonlyMap<number, string>>;
}

/** Names as the operations take them. Without a schema is what the search path finds in the default one. */
export class Naming {
  readonly #defaultSchema: string;
  readonly #hidden: Readonly<Record<keyof FactsRow["hidden"], ReadonlySet<string>>>;

  /** There are few, and many columns. */
  readonly #types = new Map<string, string>();

  constructor(defaultSchema: string, { relation, type, routine }: FactsRow["hidden"]) {
    this.#defaultSchema = defaultSchema;
    this.#hidden = { relation: new Set(relation), type: new Set(type), routine: new Set(routine) };
  }

  /** A type of format_type() as people write it: without the default schema, unless another type were found then. */
  type(text: string): string {
    const known = this.#types.get(text) ?? this.#shortened(text);
    this.#types.set(text, known);
    return known;
  }

  /** @param kind a name of PostgreSQL's own of this kind would be found first. */
  of(kind: keyof FactsRow["hidden"], [schema, name]: Qualified): Name {
    return schema === this.#defaultSchema && !this.#hidden[kind].has(name) ? nameOf(name) : nameOf(schema, name);
  }

  #shortened(text: string): string {
    const schema = `${plain(this.#defaultSchema)}.`;
    if (!text.startsWith(schema)) return shortType(text);
    const bare = text.slice(schema.length);
    const name = /^"(?:[^"]|"")*"|^[^[(]*/.exec(bare)![0].replace(/^"|"$/g, "").replaceAll('""', '"');
    return this.#hidden.type.has(name) ? text : bare;
  }
}

export function columnNames(context: Context, table: string, numbers: readonly number[] | null): readonly string[] {
  const names = context.columns.get(table);
  return (numbers ?? []).flatMap((number) => names?.get(number) ?? []);
}

/** The fields of what has an owner. */
export function owned(row: { readonly owner: string; readonly acl: AclRow }): {
  readonly owner: string;
  readonly privileges?: Privileges;
} {
  const privileges = privilegesOf(row.acl);
  return { owner: row.owner, ...(privileges === undefined ? {} : { privileges }) };
}

export function privilegesOf(acl: AclRow): Privileges | undefined {
  if (acl === null) return undefined;
  const [is, usual] = acl.map((list) => new Set((list ?? []).map((granted) => JSON.stringify(granted)))) as [
    Set<string>,
    Set<string>,
  ];
  const granted = grants([...is].filter((grant) => !usual.has(grant)));
  // Held with another word, it has not been taken away.
  const held = new Set([...is].map(withoutOption));
  const revoked = grants([...usual].filter((grant) => !held.has(withoutOption(grant))));
  return granted.length + revoked.length === 0 ? undefined : { granted, revoked };
}

type Granted = readonly [role: string, privilege: string, grantable: boolean];

function withoutOption(grant: string): string {
  const [role, privilege] = JSON.parse(grant) as Granted;
  return JSON.stringify([role, privilege]);
}

/** One for each role, and one more for what it may grant further. */
function grants(texts: readonly string[]): readonly Grant[] {
  const all = texts.map((text) => JSON.parse(text) as Granted);
  const groups = new Map<string, { role: string; privileges: string[]; grantable: boolean }>();
  for (const [role, privilege, grantable] of all) {
    // Two roles may have granted the same, one of them with the option.
    if (!grantable && all.some(([r, p, g]) => g && r === role && p === privilege)) continue;
    const id = `${grantable} ${role}`;
    const group = groups.get(id) ?? { role, privileges: [], grantable };
    group.privileges.push(privilege);
    groups.set(id, group);
  }
  return [...groups.values()]
    .sort((a, b) => compare(a.role, b.role) || Number(a.grantable) - Number(b.grantable))
    .map(({ role, privileges, grantable }) => ({
      role,
      privileges: [...new Set(privileges)].sort(),
      ...(grantable ? ({ grantable } as { grantable: true }) : {}),
    }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
