/** Pieces that would mean something to SQL, to JSON, to arrays, to COPY, to JavaScript, or to this layer. */
const PIECES = [
  "'",
  '"',
  "''",
  '""',
  "\\",
  "\\'",
  '\\"',
  "`",
  "$1",
  "$$",
  "$a$",
  `\${1}`,
  "%",
  "_",
  ";",
  "--",
  "/*",
  "*/",
  "\n",
  "\r",
  "\t",
  "{",
  "}",
  "[",
  "]",
  "(",
  ")",
  ",",
  ":",
  "::text",
  "null",
  "NULL",
  "\\N",
  "\\.",
  "default",
  "true",
  "or 1=1",
  "'; drop table notes; --",
  '"; drop table notes; --',
  "') or ('1'='1",
  "E'\\x27'",
  "U&'\\0027'",
  "\u2028",
  "\u2029",
  "\u0001",
  "\u007f",
  "\u0000",
  "ß",
  "😀",
  "\ud800",
  "ﬀ",
  "ʼ",
  "＇",
  "%s",
  "{}",
  "{1,2}",
  "[1,2)",
  "1",
  "0",
  "-1",
  "1e309",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "id",
  "name",
  "<script>",
  "pg_sleep(1)",
  " ",
  "",
] as const;

/** `count` strings made of such pieces, the same ones for the same seed; each piece alone comes first. */
export function hostileStrings(count: number, seed = 1): string[] {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const strings: string[] = [...PIECES];
  while (strings.length < count) {
    strings.push(Array.from({ length: 1 + random(8) }, () => PIECES[random(PIECES.length)]).join(""));
  }
  return strings.slice(0, count);
}

/** Whether PostgreSQL can hold the text at all. */
export function isStorable(text: string): boolean {
  return !text.includes("\0") && !/\p{Surrogate}/u.test(text);
}
