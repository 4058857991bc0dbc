import type { Settings } from "../settings.ts";
import type { App } from "./type-provider.ts";

/** The address to listen on cannot be had. */
export class ListenFailed extends Error {
  readonly code = "LISTEN_FAILED";
}

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there; end it or set PORT to another number",
  EACCES: "this account may not; set PORT to a number above 1023",
  EADDRNOTAVAIL: "this machine has no such address; correct HOST",
  ENOTFOUND: "no such name is known; correct HOST",
};

/**
 * Starts to take requests.
 *
 * @returns the URL to reach it by; on all addresses of the machine, that of localhost.
 * @throws {ListenFailed} saying what to set.
 */
export async function listen(app: App, { HOST, PORT }: Pick<Settings, "HOST" | "PORT">): Promise<string> {
  try {
    await app.listen({ host: HOST, port: PORT });
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new ListenFailed(`Cannot listen on ${HOST}, port ${PORT}: ${ADVICE[code] ?? message}.`, { cause: error });
  }
  const { port } = app.server.address() as { port: number };
  const host = HOST === "0.0.0.0" || HOST === "::" ? "localhost" : HOST.includes(":") ? `[${HOST}]` : HOST;
  return `http://${host}:${port}`;
}
