/**
 * What pg_dump itself writes in other words than it read: a partition's own copy of a key can be told from one that was made
 * with the table, a policy's roles are sorted by their numbers, and without a search path IS DISTINCT FROM finds the
 * operators of the type beneath an extension's.
 */
export function comparable(facts: readonly string[]): readonly string[] {
  return facts
    .map((fact) => {
      if (fact.startsWith("con ")) return fact.replace(/(local=false\S*) noinherit=\w+/, "$1");
      if (fact.startsWith("pol ")) {
        return fact.replace(/roles=(\S+)/, (_, roles: string) => `roles=${roles.split(",").sort().join(",")}`);
      }
      return fact.startsWith("trig ") ? fact.replace(/\((old|new)\.email\)::text/g, "$1.email") : fact;
    })
    .sort();
}
