import type { DatabaseManager } from "@hypertroq/database";
import type { FastifyRequest } from "fastify";
import { Problem } from "../http/problem.ts";
import type { App } from "../http/type-provider.ts";
import { users } from "../models/user.ts";
import type { PasswordHasher } from "../passwords.ts";
import { parseBasic } from "./basic.ts";

const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;
const LOOPBACK_NAME = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/** Passwords that one address may try in a minute, the right ones included: a page takes six. */
const TRIES_PER_MINUTE = 60;

const CHALLENGE = { "www-authenticate": 'Basic realm="HypertroQ operations", charset="UTF-8"' };

/** Lets in whoever sits at the machine, and superusers by HTTP Basic (RFC 7617). @throws {Problem} 401, 403, 429 */
export type Guard = (request: FastifyRequest) => Promise<void>;

export function guardOps(app: App, manager: DatabaseManager, hasher: PasswordHasher): Guard {
  const limit = app.createRateLimit({ max: TRIES_PER_MINUTE, timeWindow: "1 minute" });
  return async (request) => {
    if (isLocal(request)) return;
    const given = parseBasic(request.headers.authorization);
    if (given === undefined) throw unauthorized();
    const tries = await limit(request);
    if (!tries.isAllowed && tries.isExceeded) {
      throw new Problem(429, "Too many tries; wait a minute.", { kind: "too-many-requests" });
    }
    const user = await manager.session((db) => users.findOne(db, { email: given.email }), { readOnly: true });
    // As much work for an e-mail address that nobody has.
    const isRight = await hasher.verify(given.password, user?.hashedPassword);
    if (user === undefined || !isRight) throw unauthorized();
    if (user.isActive && user.isSuperuser) return;
    throw new Problem(403, "The dashboard is for superusers.");
  };
}

function unauthorized(): Problem {
  const detail =
    "The dashboard is for this machine and for superusers: open it there, through an SSH tunnel, or with a superuser's " +
    "e-mail address and password.";
  return new Problem(401, detail, { headers: CHALLENGE });
}

/**
 * From this machine, and not on somebody's behalf: not forwarded by a proxy beside us, and not by a browser that was
 * made to believe that a foreign name is this machine (DNS rebinding). The address is the socket's own.
 */
function isLocal({ socket, headers }: FastifyRequest): boolean {
  const forwarded = headers["x-forwarded-for"] !== undefined || headers["forwarded"] !== undefined;
  return LOOPBACK_ADDRESS.test(socket.remoteAddress ?? "") && !forwarded && LOOPBACK_NAME.test(headers.host ?? "");
}
