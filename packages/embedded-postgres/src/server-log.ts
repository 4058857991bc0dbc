import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const window = 64 * 1024;
const level =
  /^.*?\b(DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION):\s/;

/**
 * The last lines with which a server explains itself, from `offset` in its log on. What clients did wrong (ERROR and all
 * that belongs to it) and the text of statements is left out: it explains no start and no death, and holds people's data.
 */
export function tail(file: string, offset: number, lines = 20): string {
  const kept: string[] = [];
  let owner = "";
  let keep = true;
  for (const line of lastBytes(file, offset).split("\n")) {
    const name = level.exec(line)?.[1];
    // A line without a level goes on with the one before it (PostgreSQL indents it by a tab) or is the dynamic loader's.
    if (name !== undefined) {
      const dependent = /^(DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION)$/.test(name);
      if (!dependent) owner = name;
      keep = owner !== "ERROR" && !/^(STATEMENT|QUERY|CONTEXT)$/.test(name) && !/Failed process was running/.test(line);
    } else if (!line.startsWith("\t")) {
      keep = true;
    }
    if (keep && line.trim() !== "") kept.push(line);
  }
  return kept.slice(-lines).join("\n");
}

function lastBytes(file: string, offset: number): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(descriptor);
    const start = Math.max(offset, size - window);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    const text = buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, buffer.length, start));
    // The window opens in the middle of a line.
    return start > offset ? text.slice(text.indexOf("\n") + 1) : text;
  } finally {
    closeSync(descriptor);
  }
}
