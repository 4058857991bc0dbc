import type { Entity, EntityColumn, EntityReference } from "@hypertroq/database/monitoring";

/** A table and where it is drawn, in pixels of a page whose letters are 16 high. */
export interface Box {
  readonly entity: Entity;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Those that are shown: keys and foreign keys first. */
  readonly columns: readonly EntityColumn[];
  /** Columns that are not shown. */
  readonly more: number;
}

/** A foreign key, from the column that it begins with. */
export interface Line {
  readonly from: Box;
  readonly to: Box;
  readonly reference: EntityReference;
  /** Which of the shown columns it begins at. */
  readonly row: number;
}

export interface Layout {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
}

export const HEAD = 28;
export const ROW = 20;
const MOST_COLUMNS = 10;
/** The width of a letter, as wide as any of the usual fonts has it. */
const LETTER = 7.9;
const GAP_X = 72;
const GAP_Y = 24;
const EDGE = 28;
/** Letters of a name or a type at most. */
const MOST_LETTERS = 34;

export const keyOf = ({ schema, name }: { readonly schema: string; readonly name: string }): string =>
  `${schema}\0${name}`;
/** As it is shown: without the schema that everybody looks into. */
export const shownName = ({ schema, name }: { readonly schema: string; readonly name: string }): string =>
  schema === "public" ? name : `${schema}.${name}`;
export const cut = (text: string): string =>
  text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text;

/** A type by its short name, where PostgreSQL has one. */
export const shownType = (type: string): string =>
  cut(
    type
      .replace(/^character varying/, "varchar")
      .replace(/^(time|timestamp)(\(\d\))? with time zone/, "$1tz$2")
      .replace(/ without time zone/, ""),
  );

/**
 * Places tables in columns: to the left those that refer to no other, and each to the right of those that it refers to. Below
 * each other they are in the order of what they refer to, so that lines cross seldom.
 */
export function layOut(entities: readonly Entity[]): Layout {
  const known = new Map(entities.map((entity) => [keyOf(entity), entity]));
  const referred = new Set(entities.flatMap(({ references }) => references.map(keyOf)));
  const ranks = ranksOf(entities, known);
  const columns: Entity[][] = [];
  const alone = entities.filter((each) => ranks.get(keyOf(each)) === 0 && !referred.has(keyOf(each)));
  for (const entity of entities) {
    if (alone.includes(entity)) continue;
    const rank = ranks.get(keyOf(entity))!;
    columns[rank] = [...(columns[rank] ?? []), entity];
  }
  const boxes = new Map<string, Box>();
  const heights: number[] = [];
  const lefts: number[] = [];
  let left = EDGE;
  const place = (entity: Entity, column: number): void => {
    const shown = shownColumns(entity);
    const more = entity.columns.length - shown.length;
    const height = HEAD + (shown.length + (more > 0 ? 1 : 0)) * ROW + 6;
    const y = (heights[column] ?? 0) + GAP_Y;
    boxes.set(keyOf(entity), {
      entity,
      x: lefts[column]!,
      y,
      width: widthOf(entity, shown),
      height,
      columns: shown,
      more,
    });
    heights[column] = y + height;
  };
  const open = (some: readonly Entity[]): number => {
    lefts.push(left);
    left += Math.max(...some.map((entity) => widthOf(entity, shownColumns(entity)))) + GAP_X;
    return lefts.length - 1;
  };
  for (const some of columns) {
    const middle = ({ references }: Entity): number => {
      const targets = references.map((each) => boxes.get(keyOf(each))?.y).filter((y) => y !== undefined);
      return targets.length === 0 ? 0 : targets.reduce((sum, y) => sum + y, 0) / targets.length;
    };
    const column = open(some);
    for (const entity of [...some].sort((a, b) => middle(a) - middle(b))) place(entity, column);
  }
  // Those without lines stand beside them, no higher.
  const tallest = Math.max(0, ...heights);
  let column = -1;
  for (const entity of alone) {
    if (column === -1 || heights[column]! > Math.max(tallest, 320)) column = open(alone);
    place(entity, column);
  }
  const lines = entities.flatMap((entity) =>
    entity.references.flatMap((reference): Line[] => {
      const [from, to] = [boxes.get(keyOf(entity)), boxes.get(keyOf(reference))];
      const row = from?.columns.findIndex(({ name }) => name === reference.columns[0]) ?? -1;
      return from === undefined || to === undefined ? [] : [{ from, to, reference, row }];
    }),
  );
  return {
    boxes: [...boxes.values()],
    lines,
    width: Math.max(0, left - GAP_X + EDGE),
    height: Math.max(0, ...heights) + GAP_Y,
  };
}

/** How many references lead from a table to one that refers to none, at most; of a circle one reference does not count. */
function ranksOf(entities: readonly Entity[], known: ReadonlyMap<string, Entity>): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  const onTheWay = new Set<string>();
  const rank = (entity: Entity): number => {
    const key = keyOf(entity);
    const found = ranks.get(key);
    if (found !== undefined) return found;
    onTheWay.add(key);
    const targets = entity.references
      .filter((each) => keyOf(each) !== key && !onTheWay.has(keyOf(each)))
      .map((each) => known.get(keyOf(each)))
      .filter((target) => target !== undefined);
    const value = targets.length === 0 ? 0 : 1 + Math.max(...targets.map(rank));
    onTheWay.delete(key);
    ranks.set(key, value);
    return value;
  };
  for (const entity of entities) rank(entity);
  return ranks;
}

function shownColumns({ columns, references }: Entity): readonly EntityColumn[] {
  const refers = new Set(references.flatMap((each) => each.columns));
  const weight = ({ name, isKey }: EntityColumn): number => (isKey ? 0 : refers.has(name) ? 1 : 2);
  const sorted = columns
    .map((column, i) => ({ column, i }))
    .sort((a, b) => weight(a.column) - weight(b.column) || a.i - b.i)
    .map(({ column }) => column);
  return sorted.length > MOST_COLUMNS ? sorted.slice(0, MOST_COLUMNS - 1) : sorted;
}

function widthOf(entity: Entity, columns: readonly EntityColumn[]): number {
  const lines = columns.map(({ name, type }) => cut(name).length + shownType(type).length + 5);
  return Math.ceil(Math.max(18, cut(shownName(entity)).length * 1.1 + 2, ...lines) * LETTER) + 16;
}
