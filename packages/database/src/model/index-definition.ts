/** A column by name; every `Model.c.column` is one. */
export interface NamedColumn {
  readonly table: string;
  readonly column: string;
}

/** An index over one or more columns of a model. */
export interface IndexDefinition {
  readonly columns: () => readonly NamedColumn[];
  readonly unique: boolean;
  /** By default `ix_<table>_<column>_…`. */
  readonly name: string | undefined;
}

/**
 * Declares an index in a model's `static indexes`: `index(() => User.c.id)`. The arrow is called once the class exists.
 */
export function index(
  columns: () => NamedColumn | readonly NamedColumn[],
  options: { readonly unique?: boolean; readonly name?: string } = {},
): IndexDefinition {
  return {
    columns: () => [columns()].flat(),
    unique: options.unique ?? false,
    name: options.name,
  };
}
