import type { Key } from "./catalog.ts";

/** The catalogs that are referred to, by their oids, which are the same in every PostgreSQL. */
export const CLASS = {
  type: "1247",
  routine: "1255",
  relation: "1259",
  constraint: "2606",
  schema: "2615",
  trigger: "2620",
  extension: "3079",
  policy: "3256",
  statistics: "3381",
} as const;

/** An object by its place in the system catalogs; the part is the number of a column, 0 for all of it. */
export type Place = readonly [catalog: string, id: string, part?: number];

interface Entry {
  readonly key: Key;
  readonly of: Key | undefined;
}

/** Which objects there are, by what PostgreSQL calls them, what they need, and what is said of them. */
export class Objects {
  readonly #entries = new Map<string, Entry>();
  readonly #needs = new Map<Key, Set<Key>>();
  readonly #comments = new Map<string, string>();

  /** @param of what it is a part of. */
  add(place: Place, key: Key, of?: Key): Key {
    this.#entries.set(text(place), { key, of });
    return key;
  }

  /** Undefined: it is not among those that are looked at. */
  keyOf(place: Place): Key | undefined {
    return this.#entries.get(text(place))?.key;
  }

  comment(place: Place, comment: string): void {
    this.#comments.set(text(place), comment);
  }

  commentOn(place: Place): string | undefined {
    return this.#comments.get(text(place));
  }

  /** Nothing is known of what is not looked at, and nobody needs himself, his own parts, or what he is a part of. */
  need(from: Place, to: Place): void {
    const [source, target] = [this.#find(from), this.#find(to)];
    if (source === undefined || target === undefined) return;
    if (source.key === target.key || source.of === target.key || source.key === target.of) return;
    const needs = this.#needs.get(source.key);
    if (needs === undefined) this.#needs.set(source.key, new Set([target.key]));
    else needs.add(target.key);
  }

  /** Sorted. */
  needsOf(key: Key): readonly Key[] {
    const needs = this.#needs.get(key);
    return needs === undefined ? [] : [...needs].sort();
  }

  /** What every object of a catalog says. */
  describe(place: Place, key: Key): { readonly key: Key; readonly needs: readonly Key[]; readonly comment?: string } {
    const comment = this.commentOn(place);
    const needs = this.needsOf(key);
    return comment === undefined ? { key, needs } : { key, needs, comment };
  }

  /** A part that is none here, as a column of a view, is the whole. */
  #find([catalog, id, part]: Place): Entry | undefined {
    return this.#entries.get(text([catalog, id, part ?? 0])) ?? this.#entries.get(text([catalog, id]));
  }
}

function text([catalog, id, part = 0]: Place): string {
  return `${catalog} ${id} ${part}`;
}
