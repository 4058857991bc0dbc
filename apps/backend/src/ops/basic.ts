/** An Authorization header of the scheme Basic (RFC 7617), in UTF-8. Undefined when it is none. */
export function parseBasic(
  header: string | undefined,
): { readonly email: string; readonly password: string } | undefined {
  const encoded = /^basic +([a-z\d+/]+=*) *$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  // PostgreSQL takes no NUL in texts.
  if (colon === -1 || text.includes("\0")) return undefined;
  return { email: text.slice(0, colon), password: text.slice(colon + 1) };
}
