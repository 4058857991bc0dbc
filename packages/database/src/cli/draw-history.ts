import type { Revision } from "../migrations/script/revision.ts";
import type { ScriptDirectory } from "../migrations/script/script-directory.ts";
import { drawGraph, drawingOrder } from "./draw-graph.ts";
import { paint } from "./print.ts";
import { block, type Marks, title } from "./revision-text.ts";

const LANE_COLOURS = ["blue", "magenta", "green", "red", "yellow", "cyan"] as const;

/** Revisions from newest to oldest, a branch in one piece, each before all that it follows and depends on. */
export function inDrawingOrder(revisions: readonly Revision[], script: ScriptDirectory): readonly Revision[] {
  const ids = revisions.map(({ id }) => id);
  const below = (id: string): readonly string[] => [...script.get(id).down, ...script.graph.dependencies(id)];
  return drawingOrder(ids, below).map((id) => script.get(id));
}

/**
 * Revisions, by the order of {@link inDrawingOrder}, as a graph in lanes for a terminal of so many columns; a line that is
 * too long is cut.
 */
export function drawHistory(
  revisions: readonly Revision[],
  script: ScriptDirectory,
  { verbose, columns, ...marks }: Marks & { readonly verbose: boolean; readonly columns: number },
): readonly string[] {
  const rows = revisions.map((revision) => {
    const lines = verbose ? block(revision, script, marks).split("\n") : [oneLine(revision, script, marks)];
    return { ...revision, lines, current: marks.current?.includes(revision.id) ?? false };
  });
  const colour = (lane: number, text: string): string => paint(LANE_COLOURS[lane % LANE_COLOURS.length]!, text);
  return drawGraph(rows, colour).map((text) => cut(text, columns));
}

/** What a revision follows is drawn; what it depends on is not. */
function oneLine(revision: Revision, script: ScriptDirectory, marks: Marks): string {
  const needs = revision.dependsOn.length === 0 ? "" : ` (depends on ${revision.dependsOn.join(", ")})`;
  return `${title(revision.id, script, marks)}${needs}, ${revision.message}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
const COLOUR = /\u001b\[\d+m/;

/** Cuts what the terminal would break, and the lanes with it. Colours take no room. */
function cut(text: string, columns: number): string {
  const parts = text.match(new RegExp(`${COLOUR.source}|.`, "gu")) ?? [];
  const isShown = (part: string): boolean => !COLOUR.test(part);
  if (parts.filter(isShown).length <= columns) return text;
  let room = columns - 1;
  const end = parts.findIndex((part) => isShown(part) && room-- === 0);
  const colours = parts.slice(end).filter((part) => !isShown(part));
  return `${parts.slice(0, end).join("")}…${colours.join("")}`;
}
