import type { RevisionGraph } from "@hypertroq/database/migrations";

/** A revision and where it is drawn. */
export interface Place {
  readonly id: string;
  /** From the top, where the newest is. */
  readonly row: number;
  /** From the left. */
  readonly lane: number;
}

/** A line from a revision down to one that it follows or depends on. */
export interface Edge {
  readonly from: Place;
  /** Undefined: it is older than what is drawn. */
  readonly to: Place | undefined;
  readonly kind: "follows" | "depends";
  /** The lane that is kept free for it, between both. */
  readonly lane: number;
}

export interface Layout {
  readonly places: readonly Place[];
  readonly edges: readonly Edge[];
  readonly lanes: number;
}

/**
 * Gives each revision a row, newest first, and a lane such that no line runs through a revision that it does not belong
 * to: from a revision on, a lane is kept for the one below until that is reached.
 *
 * @param most rows at most; what is older is left out.
 */
export function layOut(graph: RevisionGraph, most: number): Layout {
  const ids = [...graph.order].reverse().slice(0, most);
  const places = new Map<string, Place>();
  const edges: { from: Place; to: string; kind: Edge["kind"]; lane: number }[] = [];
  /** Which revision a lane is kept for. */
  const lanes: (string | undefined)[] = [];
  const free = (): number => {
    const found = lanes.indexOf(undefined);
    return found === -1 ? lanes.length : found;
  };
  let width = 1;
  for (const [row, id] of ids.entries()) {
    const kept = lanes.indexOf(id);
    const lane = kept === -1 ? free() : kept;
    for (const [i, other] of lanes.entries()) if (other === id) lanes[i] = undefined;
    const place = { id, row, lane };
    places.set(id, place);
    lanes[lane] = undefined;
    for (const { parent, kind } of parentsOf(graph, id)) {
      // The first goes straight down; others join a lane that leads there already.
      const shared = lanes.indexOf(parent);
      const way = lanes[lane] === undefined ? lane : shared === -1 ? free() : shared;
      lanes[way] = parent;
      edges.push({ from: place, to: parent, kind, lane: way });
    }
    width = Math.max(width, lanes.length, lane + 1);
  }
  return {
    places: [...places.values()],
    edges: edges.map((edge) => ({ ...edge, to: places.get(edge.to) })),
    lanes: width,
  };
}

function parentsOf(graph: RevisionGraph, id: string): readonly { parent: string; kind: Edge["kind"] }[] {
  return [
    ...(graph.get(id)?.down ?? []).map((parent) => ({ parent, kind: "follows" as const })),
    ...graph.dependencies(id).map((parent) => ({ parent, kind: "depends" as const })),
  ];
}
