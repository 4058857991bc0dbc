/** What a file imports of the package, collected as its text is made. */
export class Imports {
  readonly #names = new Set<string>();

  use(name: string): string {
    this.#names.add(name);
    return name;
  }

  /** The statement, on one line or with a line for each name. */
  statement(from: string): string {
    const names = [...this.#names].sort(inOrder);
    const line = `import { ${names.join(", ")} } from "${from}";`;
    return line.length <= 120 ? line : `import {\n${names.map((name) => `  ${name},\n`).join("")}} from "${from}";`;
  }
}

/** As formatters sort names: letter by letter, and of the same letter the capital first. */
function inOrder(one: string, other: string): number {
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const [a, b] = [one[i]!, other[i]!];
    if (a === b) continue;
    const [lowerA, lowerB] = [a.toLowerCase(), b.toLowerCase()];
    return lowerA === lowerB ? (a < b ? -1 : 1) : lowerA < lowerB ? -1 : 1;
  }
  return one.length - other.length;
}
