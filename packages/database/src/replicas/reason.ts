import { ConnectionFailed } from "../errors.ts";

/**
 * Why a replica cannot be asked, for those to whom its host is told already: without its URL, and naming the setting that
 * its URL is from.
 */
export function reasonOf(error: unknown): string | undefined {
  if (error instanceof ConnectionFailed) return error.reason.replaceAll("DATABASE_URL", "REPLICA_URLS");
  return error instanceof Error ? error.message : undefined;
}
