/** What a revision can be called, for the help of the verbs that take one. */
export const TARGETS = `
REV is one of
  ddef93c02177    a revision's id, or its beginning if no other begins so
  head            the newest revision; heads: all, where there are several
  base            before the first revision
  +2, -1          so many revisions after or before the database's current one
  ddef+2, head-1  so many after or before a revision
  billing@head    the newest of the branch that is labelled billing; also
                  billing@base, billing@+1, billing@ddef`;

/** The width that help is written for. */
const COLUMNS = 80;

/** The examples at the end of a verb's help; where one does not fit on a line, each takes two. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  const beside = lines.map(([command, what]) => `  $ ${command.padEnd(width)}   ${what}`);
  const below = lines.map(([command, what]) => `  $ ${command}\n      ${what}`);
  return `\nExamples:\n${(beside.every((line) => line.length <= COLUMNS) ? beside : below).join("\n")}\n`;
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
