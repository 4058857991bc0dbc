import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import { PROBLEM_TYPE, Problem } from "./problem.ts";
import { toProblem } from "./to-problem.ts";

/** Finds a request in the log. */
export const REQUEST_ID_HEADER = "x-request-id";

/** Answers with problem+json whatever a handler, a hook or Fastify itself threw, and logs what was our fault. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error);
  if (problem.statusCode >= 500 && problem.cause !== undefined) {
    request.log.error({ err: problem.cause }, "request failed");
  }
  const path = request.url.split("?", 1)[0]!;
  // Serialized here: a response schema must not take members away from the one answer that explains something.
  reply
    .code(problem.statusCode)
    .headers(problem.headers)
    .header(REQUEST_ID_HEADER, request.id)
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(problem.toBody(path, request.id));
}

/** Answers what no route matches. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  answerError(new Problem(404, "There is nothing here; /docs shows what there is."), request, reply);
}

/** Answers what is not HTTP, or comes too slowly, on the bare socket: there is no request yet. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return;
  const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400;
  const title = STATUS_CODES[status]!;
  const body = JSON.stringify({ type: "about:blank", title, status, detail: "The request cannot be read as HTTP." });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nConnection: close\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
