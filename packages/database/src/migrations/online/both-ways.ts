import type { Connection } from "../../connection/connection.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Call } from "../compare/call.ts";
import { readRowFacts } from "./facts.ts";
import { type OnlinePlan, online } from "./online.ts";

/** The safe forms of an upgrade and of its downgrade, which begins with the tables as the upgrade has left them. */
export interface OnlinePlans {
  readonly up: OnlinePlan;
  readonly down: OnlinePlan;
}

/**
 * The safe forms of both ways between two catalogs, by the rows that a database has now.
 *
 * @param live the database that `from` is the catalog of.
 */
export async function bothWays(
  live: Connection,
  { from, to, up, down }: Record<"from" | "to", Catalog> & Record<"up" | "down", readonly Call[]>,
  signal?: AbortSignal,
): Promise<OnlinePlans> {
  const facts = await readRowFacts(live, from, [...up, ...down], signal);
  const forth = online(up, { ...facts, catalog: from });
  return { up: forth, down: online(down, { ...facts, catalog: to, filled: forth.filled }) };
}
