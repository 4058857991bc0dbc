/**
 * The same models and queries in the words of one library. There are `models` of them in a row, each of eight columns: its
 * own id, name, quantity, price, whether it is active, when it was made and changed, and the id of its parent, the model
 * before it. For each there are four queries, which use what they get: a select with where, order and limit, an insert, an
 * update, and one with a relation, to-many for even models and to-one for odd ones. Last comes a line that has to be refused:
 * where nothing is checked, checking costs nothing.
 */
export interface Dialect {
  /** What is imported is looked for from here. */
  readonly home: URL;
  /** Beyond those that all share. */
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
  /** Texts of files by name. @param models an even number. */
  write(models: number): Readonly<Record<string, string>>;
  /** Runs the library's own generator over the written files. @throws when it fails. */
  generate?(folder: string): Promise<void>;
}

/** The folder of the benchmarks, and those of the peers that are installed apart. */
export const BENCHMARKS_FOLDER = new URL("../../", import.meta.url);
export const PEERS_FOLDER = new URL("../../peers/", import.meta.url);
export const NEXT_FOLDER = new URL("../../peers-next/", import.meta.url);

/** A text for each model, one after another. */
export function each(models: number, write: (model: number) => string): string {
  return Array.from({ length: models }, (_, model) => write(model)).join("\n");
}

/** Names to import, of all models. */
export const names = (models: number, name: (model: number) => string): string =>
  Array.from({ length: models }, (_, model) => name(model)).join(", ");

/** The line that has to be refused: a column that is not there, of a row that `select0` returned. */
export const refused = (parameters: string, call: string): string => `
export async function refused(${parameters}): Promise<unknown> {
  const [row] = await ${call};
  // @ts-expect-error there is no such column
  return row!.nothing;
}
`;
