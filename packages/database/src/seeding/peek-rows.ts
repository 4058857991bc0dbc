export type Values = Readonly<Record<string, unknown>>;
export type Rows = Iterable<Values> | AsyncIterable<Values>;

/** Rows of which the first has been taken. */
export interface Begun {
  readonly first: Values;
  /** All of them, the first too. Left early, they close the source. */
  readonly rows: Rows;
  /** Closes the source, for when nobody takes any of them. */
  close(): Promise<void>;
}

/**
 * The first of the rows, and all of them still to come; undefined when there is none.
 *
 * @param pass called with each row when it is taken.
 */
export async function peekRows(rows: Rows, pass: (row: Values) => void): Promise<Begun | undefined> {
  if (Symbol.asyncIterator in rows) {
    const passing = passingLater(rows, pass);
    const { done, value } = await passing.next();
    return done ? undefined : { first: value, rows: againLater(value, passing), close: () => closed(passing) };
  }
  // Not by the above, which would take longer to wait for each row than to write it.
  const passing = passingNow(rows, pass);
  const { done, value } = passing.next();
  return done ? undefined : { first: value, rows: againNow(value, passing), close: () => closed(passing) };
}

async function closed(passing: Generator<Values, undefined> | AsyncGenerator<Values, undefined>): Promise<void> {
  await passing.return(undefined);
}

function* passingNow(rows: Iterable<Values>, pass: (row: Values) => void): Generator<Values, undefined> {
  for (const row of rows) {
    pass(row);
    yield row;
  }
}

async function* passingLater(
  rows: AsyncIterable<Values>,
  pass: (row: Values) => void,
): AsyncGenerator<Values, undefined> {
  for await (const row of rows) {
    pass(row);
    yield row;
  }
}

function* againNow(first: Values, rest: Generator<Values, undefined>): Generator<Values> {
  try {
    yield first;
    yield* rest;
  } finally {
    rest.return(undefined);
  }
}

async function* againLater(first: Values, rest: AsyncGenerator<Values, undefined>): AsyncGenerator<Values> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
