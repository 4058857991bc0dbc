/** Alembic's slug: the words of the message in lower case, cut at a word's end to 40 characters. */
export function slug(message: string): string {
  const words = (message.match(/[\p{L}\p{N}_]+/gu) ?? []).join("_").toLowerCase();
  if (words.length <= 40) return words;
  const cut = words.slice(0, 40).replace(/[\ud800-\udbff]$/, ""); // no half of a character
  return words[40] === "_" || !cut.includes("_") ? cut : cut.slice(0, cut.lastIndexOf("_"));
}
