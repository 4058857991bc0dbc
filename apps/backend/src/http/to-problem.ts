import { errors, isRetryable } from "@hypertroq/database";
import { Problem } from "./problem.ts";

/** Seconds after which a client may try again what failed for the moment. */
const RETRY_AFTER = { "retry-after": "1" };

/** SQLSTATE disk_full. */
const DISK_FULL = "53100";

/** What the client did, by the code of Fastify's error; its own texts repeat what was sent. */
const CLIENT_ERRORS: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: [400, "The body is not valid JSON."],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, "The body is empty; send a JSON object."],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, "The body is not as long as Content-Length says."],
  FST_ERR_CTP_BODY_TOO_LARGE: [413, "The body is larger than this API takes."],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, "Send the body as application/json."],
  FST_ERR_MAX_PARAM_LENGTH: [414, "A part of the path is longer than any that exists here."],
  FST_ERR_BAD_URL: [400, 'The path has a "%" that is not followed by two hexadecimal digits of valid UTF-8.'],
};

/** Turns whatever was thrown while a request was handled into what the client is told. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return fromDatabase(error) ?? fromFastify(error) ?? unexpected(error);
}

function fromDatabase(cause: unknown): Problem | undefined {
  if (cause instanceof errors.CommitOutcomeUnknown) {
    const detail = "The database was lost while it stored the change. Look whether it did before you send it again.";
    return new Problem(503, detail, { kind: "outcome-unknown", cause });
  }
  if (cause instanceof errors.PoolTimeout) {
    const detail = "The database is busy. Nothing was changed; try again in a moment.";
    return new Problem(503, detail, { kind: "database-busy", headers: RETRY_AFTER, cause });
  }
  if (
    cause instanceof errors.ConnectionFailed ||
    cause instanceof errors.ConnectionLost ||
    cause instanceof errors.PoolClosed
  ) {
    const detail = "The database cannot be reached. Nothing was changed; try again in a moment.";
    return new Problem(503, detail, { kind: "database-unavailable", headers: RETRY_AFTER, cause });
  }
  if (cause instanceof errors.StatementFailed && cause.sqlState === DISK_FULL) {
    const detail = "The database's disk is full. Nothing was changed; try again later.";
    return new Problem(503, detail, { kind: "database-full", headers: RETRY_AFTER, cause });
  }
  if (isRetryable(cause) || cause instanceof errors.QueryCanceled || cause instanceof errors.LockNotAvailable) {
    const detail = "The database could not finish in time. Nothing was changed; try again in a moment.";
    return new Problem(503, detail, { kind: "database-busy", headers: RETRY_AFTER, cause });
  }
  return undefined;
}

function fromFastify(cause: unknown): Problem | undefined {
  const { code, statusCode } = (cause ?? {}) as { code?: string; statusCode?: number };
  const known = code === undefined ? undefined : CLIENT_ERRORS[code];
  if (known !== undefined) return new Problem(...known, { cause });
  if (statusCode === undefined || statusCode < 400 || statusCode > 499) return undefined;
  return new Problem(statusCode, "The request cannot be understood.", { cause });
}

function unexpected(cause: unknown): Problem {
  return new Problem(500, "Something went wrong on our side. The log has more, under this request_id.", { cause });
}
