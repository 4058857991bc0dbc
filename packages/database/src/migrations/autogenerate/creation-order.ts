import { DefinitionError } from "../../errors.ts";
import { namedIn } from "./named-in.ts";

/** Something to create, and the SQL that it is made of. */
export interface Creation {
  readonly kind: "function" | "table" | "view";
  readonly schema: string | undefined;
  readonly name: string;
  /** Read when it is created: what these texts name has to be there. */
  readonly sql: readonly string[];
  /** The same, of which every name counts: types. */
  readonly types: readonly string[];
}

/**
 * The order in which each comes after what its SQL names; where nothing asks for another one, that in which they are given.
 * A name can be that of a column too, so where names lead in a circle only those count that stand in FROM and before a
 * parenthesis.
 *
 * @throws {DefinitionError} when they need each other all the same.
 */
export function creationOrder<C extends Creation>(creations: readonly C[]): readonly C[] {
  const byName = new Map<string, C[]>();
  for (const creation of creations) byName.set(creation.name, [...(byName.get(creation.name) ?? []), creation]);
  const all = new Map(creations.map((creation) => [creation, needsOf(creation, byName)]));
  const ordered: C[] = [];
  const left = new Set(creations);
  while (left.size > 0) {
    const isReady = (creation: C, certain: boolean): boolean =>
      all.get(creation)!.every((need) => !left.has(need.creation) || (certain && !need.isCertain));
    const next = [...left].find((creation) => isReady(creation, false)) ?? [...left].find((c) => isReady(c, true));
    if (next === undefined) throw circle([...left]);
    left.delete(next);
    ordered.push(next);
  }
  return ordered;
}

interface Need<C> {
  readonly creation: C;
  readonly isCertain: boolean;
}

function needsOf<C extends Creation>(creation: C, byName: ReadonlyMap<string, readonly C[]>): readonly Need<C>[] {
  const mentions = [
    ...creation.sql.flatMap((sql) => namedIn(sql)),
    ...creation.types.flatMap((sql) => namedIn(sql)).map((mention) => ({ ...mention, isCertain: true })),
  ];
  return mentions.flatMap(({ name, qualifier, isCertain }) =>
    (byName.get(name) ?? [])
      .filter((other) => other !== creation && isMeant(other, qualifier))
      .map((other) => ({ creation: other, isCertain })),
  );
}

/** One without a schema lies in the first of the search path, whose name nobody knows here. */
function isMeant({ schema }: Creation, qualifier: string | undefined): boolean {
  return qualifier === undefined || schema === undefined || schema === qualifier;
}

function circle(left: readonly Creation[]): DefinitionError {
  const names = left.map(({ kind, schema, name }) => `${kind} ${schema === undefined ? name : `${schema}.${name}`}`);
  return new DefinitionError(
    `These need each other: ${names.join(", ")}. A function in plpgsql needs nothing until it runs; a view can have less in it.`,
  );
}
