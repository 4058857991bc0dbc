import { DatabaseError } from "../errors.ts";

/**
 * The error with the stack of those who wait for it, instead of the socket's that brought it: what a log shows is then the
 * line that ran the statement. For use where an async function of the layer rethrows.
 */
export function atCallSite(error: unknown): unknown {
  if (error instanceof DatabaseError) Error.captureStackTrace(error, atCallSite);
  return error;
}
