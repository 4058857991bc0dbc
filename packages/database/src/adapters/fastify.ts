/**
 * One session per request of Fastify.
 *
 * @module @hypertroq/database/fastify
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { DatabaseManager } from "../session/manager.ts";
import { runWithSession } from "../session/scope.ts";
import type { Session, SessionOptions } from "../session/session.ts";

/** Options of the plugin {@link database}. */
export interface DatabasePluginOptions {
  readonly manager: DatabaseManager;
  /**
   * Options of a request's session: `({ method }) => ({ readOnly: method === "GET" })` has requests that only read served by
   * replicas, where there are any. It is called before anything of the request's body is known.
   */
  readonly session?: ((request: FastifyRequest) => SessionOptions) | undefined;
  /**
   * How clients that have written something say so with their next requests, which then see it whichever process and host
   * serves them (`SessionOptions.causalToken`): by a cookie, of which browsers know by themselves, or by the header
   * `causal-token` of responses, which the client sends along with its requests. Where there are no replicas, neither is
   * used. Default cookie.
   */
  readonly causalToken?: "cookie" | "header" | undefined;
}

/** Of the header, and of the cookie. */
const NAME = "causal-token";
/** Seconds that a browser keeps the cookie: by then every replica that is in use has what it stands for. */
const COOKIE_AGE = 3600;

interface Work {
  readonly session: Session;
  readonly abort: AbortController;
  /** Settles when the session has ended. */
  ended?: Promise<void>;
}

/**
 * One session per request: `getDb()` returns it anywhere below a route's handler and its hooks.
 *
 * It borrows a connection at its first statement, commits after the handler has answered and *before* the response is
 * sent, so that a client who reads "created" finds what was created; a failing commit becomes the response. It rolls
 * back when the handler throws, and cancels what is running when the client goes away. A reply that streams runs after
 * the commit and cannot use the session. A reply that is hijacked, or ended by `reply.raw`, is not seen: commit by hand
 * before it, `await getDb().commit()`, or what was written is rolled back when the connection closes.
 */
async function plugin(app: FastifyInstance, options: DatabasePluginOptions): Promise<void> {
  const { manager, session: optionsOf = () => ({}), causalToken: way = "cookie" } = options;
  const hasReplicas = manager.replicas().length > 0;
  const underWay = new WeakMap<FastifyRequest, Work>();

  const end = async (request: FastifyRequest, how: "commit" | "rollback"): Promise<void> => {
    const work = underWay.get(request);
    if (work === undefined) return;
    // Ended once: the answer to a failed commit, or to a throw after reply.send, only waits for that.
    if (work.ended !== undefined) return await work.ended.catch(() => {});
    if (work.session.isEnded) return; // by hand, before a reply that is hijacked for one
    work.ended = work.session[how]().catch(async (error: unknown) => {
      await work.session.rollback();
      throw error;
    });
    await work.ended;
  };

  app.addHook("onRequest", (request, reply, done) => {
    const abort = new AbortController();
    const causalToken = hasReplicas ? tokenOf(request, way) : undefined;
    const session = manager.open({ causalToken, ...optionsOf(request), signal: abort.signal });
    const work: Work = { abort, session };
    underWay.set(request, work);
    // Not onRequestAbort, which does not tell of a client that leaves after its body has been read.
    reply.raw.once("close", () => {
      if (work.ended !== undefined) return;
      abort.abort();
      void end(request, "rollback");
    });
    runWithSession(work.session, done);
  });
  // A body arrives by events of the socket, which know nothing of the request's async context: enter it again.
  app.addHook("preValidation", (request, _reply, done) => {
    const work = underWay.get(request);
    if (work === undefined) done();
    else runWithSession(work.session, done);
  });
  app.addHook("onError", (request) => end(request, "rollback"));
  app.addHook("onSend", async (request, reply, payload) => {
    await end(request, "commit");
    const token = underWay.get(request)?.session.causalToken;
    if (token !== undefined && token !== tokenOf(request, way)) {
      if (way === "header") reply.header(NAME, token);
      else reply.header("set-cookie", cookieOf(request, token));
    }
    return payload;
  });
}

function tokenOf({ headers }: FastifyRequest, way: "cookie" | "header"): string | undefined {
  if (way === "header") return headers[NAME]?.toString();
  return new RegExp(`(?:^|;)\\s*${NAME}=([^;]*)`).exec(headers.cookie ?? "")?.[1]?.trim();
}

function cookieOf({ protocol }: FastifyRequest, token: string): string {
  const secure = protocol === "https" ? "; Secure" : "";
  return `${NAME}=${token}; Path=/; Max-Age=${COOKIE_AGE}; HttpOnly; SameSite=Lax${secure}`;
}

/** Register before the routes: `await app.register(database, { manager })`. */
export const database = Object.assign(plugin, {
  // What fastify-plugin sets: the hooks are for the whole application, not for a scope of its own.
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "@hypertroq/database",
});
