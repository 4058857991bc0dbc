/** What a static list of a class holds, after those of the classes and mixins that it extends. */
export function ownAndInherited<Item>(model: object, property: string): readonly Item[] {
  const own = Object.hasOwn(model, property) ? (model as Readonly<Record<string, readonly Item[]>>)[property]! : [];
  const base: unknown = Object.getPrototypeOf(model);
  return typeof base === "function" ? [...ownAndInherited<Item>(base, property), ...own] : own;
}
