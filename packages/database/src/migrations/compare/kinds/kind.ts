import type { Key } from "../../catalog/catalog.ts";
import type { Call } from "../call.ts";
import type { Kind, NodeOf, Side } from "../node.ts";

/** What makes of an object another where it is. */
export interface Alteration {
  /** What only lets go of what the object needed before. */
  readonly leave?: readonly Call[];
  /** What only takes what it needs afterwards. */
  readonly enter?: readonly Call[];
  /** Both at once. */
  readonly change?: readonly Call[];
  /** What is altered with it. */
  readonly along?: readonly Key[];
}

/** How objects of a kind come, go and change. */
export interface KindOf<K extends Kind> {
  create(node: NodeOf<K>, to: Side): readonly Call[];
  drop(node: NodeOf<K>, from: Side): readonly Call[];
  /** Without any calls where both are the same; undefined: it has to be dropped and made anew. */
  alter(from: NodeOf<K>, to: NodeOf<K>, sides: Sides): Alteration | undefined;
}

export interface Sides {
  readonly from: Side;
  readonly to: Side;
}

export function isNothing({ leave = [], enter = [], change = [] }: Alteration): boolean {
  return leave.length + enter.length + change.length === 0;
}
