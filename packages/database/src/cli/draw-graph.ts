/** A revision to draw, and those of the drawn ones that it follows. */
export interface GraphRow {
  readonly id: string;
  readonly down: readonly string[];
  /** Lines to its right; the first stands beside its knot. */
  readonly lines: readonly string[];
  /** Whether the database is at it. */
  readonly current: boolean;
}

/** Colours what stands in a lane. */
export type PaintLane = (lane: number, text: string) => string;

/**
 * Draws revisions as a graph in lanes, in the order given, which must have each before all that it follows. A lane runs
 * from a revision down to one that it follows; lanes that lead to the same revision end in it.
 *
 * @returns the lines of the drawing, without spaces at their ends.
 */
export function drawGraph(rows: readonly GraphRow[], paint: PaintLane = (_, text) => text): readonly string[] {
  const drawn = new Set(rows.map(({ id }) => id));
  /** The revision that each lane leads to; undefined: the lane is free. */
  const lanes: (string | undefined)[] = [];
  const lines: string[] = [];
  /** The lane that the row before has ended: not for the next, which would seem to follow it. */
  let ended: number | undefined;
  const draw = (cells: readonly Cell[], text = ""): void => {
    lines.push(`${join(cells, paint)}${text === "" ? "" : ` ${text}`}`.trimEnd());
  };

  for (const {
    id,
    down,
    lines: [first = "", ...more],
    current,
  } of rows) {
    const waiting = lanes.flatMap((wanted, lane) => (wanted === id ? [lane] : []));
    const lane = waiting[0] ?? freeLane(lanes, 0, ended);
    if (waiting.length > 1) draw(bend(lanes, lane, waiting.slice(1), END));
    for (const other of waiting.slice(1)) lanes[other] = undefined;
    lanes[lane] = id;
    trim(lanes);
    draw(straight(lanes, { lane, knot: current ? "●" : "○" }), first);
    const parents = down.filter((parent) => drawn.has(parent));
    lanes[lane] = parents[0];
    const opened = parents.slice(1).map((parent) => {
      const free = freeLane(lanes, lane + 1);
      lanes[free] = parent;
      return free;
    });
    if (opened.length > 0) draw(bend(lanes, lane, opened, BEGIN));
    trim(lanes);
    ended = parents.length === 0 ? lane : undefined;
    // The lines of a base too stand as far to the right as its knot.
    const below = [...lanes, ...Array.from({ length: Math.max(0, lane + 1 - lanes.length) }, () => undefined)];
    for (const line of more) draw(straight(below), line);
  }
  return lines;
}

/** What stands in a lane, and the line that leads from it to the next. */
interface Cell {
  readonly lane: number;
  readonly sign: string;
  readonly bridge: string;
}

const BEGIN = { middle: "┬", last: "╮" } as const;
const END = { middle: "┴", last: "╯" } as const;

function straight(lanes: readonly (string | undefined)[], own?: { lane: number; knot: string }): readonly Cell[] {
  return lanes.map((wanted, lane) => ({
    lane,
    sign: lane === own?.lane ? own.knot : wanted === undefined ? " " : "│",
    bridge: " ",
  }));
}

/** The line in which lanes leave `from` for its right, or come to it from there. */
function bend(
  lanes: readonly (string | undefined)[],
  from: number,
  others: readonly number[],
  { middle, last }: typeof BEGIN | typeof END,
): readonly Cell[] {
  const end = others.at(-1)!;
  return lanes.map((wanted, lane) => {
    const between = lane > from && lane < end;
    const empty = wanted === undefined;
    const sign = others.includes(lane) ? (lane === end ? last : middle) : empty ? (between ? "─" : " ") : "│";
    // A lane that is crossed goes on below the line that crosses it.
    const crossed = between && sign === "│" ? "┼" : sign;
    return { lane, sign: lane === from ? "├" : crossed, bridge: lane >= from && lane < end ? "─" : " " };
  });
}

function join(cells: readonly Cell[], paint: PaintLane): string {
  return cells
    .map(({ lane, sign, bridge }, index) => paint(lane, index === cells.length - 1 ? sign : sign + bridge))
    .join("");
}

/** A lane that is free, made where there is none. */
function freeLane(lanes: (string | undefined)[], from: number, except?: number): number {
  let lane = from;
  while (lanes[lane] !== undefined || lane === except) lane++;
  while (lanes.length <= lane) lanes.push(undefined);
  return lane;
}

function trim(lanes: (string | undefined)[]): void {
  while (lanes.length > 0 && lanes.at(-1) === undefined) lanes.pop();
}

/**
 * Revisions in an order that is good to draw: each before all that it follows, and a branch in one piece.
 *
 * @param ids in any order; parents that are not among them are left out.
 */
export function drawingOrder(ids: readonly string[], parents: (id: string) => readonly string[]): readonly string[] {
  const among = new Set(ids);
  const below = (id: string): readonly string[] => parents(id).filter((parent) => among.has(parent));
  const open = new Map(ids.map((id) => [id, 0]));
  for (const id of ids) for (const parent of below(id)) open.set(parent, open.get(parent)! + 1);
  const ready = ids.filter((id) => open.get(id) === 0).reverse();
  const order: string[] = [];
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    order.push(id);
    for (const parent of [...below(id)].reverse()) {
      const left = open.get(parent)! - 1;
      open.set(parent, left);
      if (left === 0) ready.push(parent);
    }
  }
  return order;
}
