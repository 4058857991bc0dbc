/** The most parameters that one statement has (PostgreSQL, "Frontend/Backend Protocol", Bind: a 16-bit count). */
const PARAMETERS = 65_535;

/** The rows in as few parts as a multi-row INSERT takes, which has a parameter for each value. */
export function* chunks<Row extends object>(rows: readonly Row[]): Generator<Row[]> {
  const size = Math.floor(PARAMETERS / Object.keys(rows[0]!).length);
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}
