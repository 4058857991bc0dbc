/** Letters that may be wrong, missing or too many in a name that still counts as that one misspelled. */
const MOST_WRONG = 2;

/** The known name that is nearest to this one, if any is within two letters of it. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= MOST_WRONG ? best.candidate : undefined;
}

/** What a value that is none of the choices was probably meant to be: one misspelled, or the only one that begins like it. */
export function nearestChoice(value: string, choices: readonly string[]): string | undefined {
  const word = value.toLowerCase();
  const begun = word.length < 3 ? [] : choices.filter((choice) => choice.startsWith(word.slice(0, 4)));
  return nearest(word, choices) ?? (begun.length === 1 ? begun[0] : undefined);
}

/** Levenshtein distance: the fewest letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, replaced));
    }
    previous = current;
  }
  return previous[b.length]!;
}
