/** White space and comments before a statement, as the source of a regular expression; comments within comments are none. */
export const LEAD = String.raw`^(?:\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)*`;
