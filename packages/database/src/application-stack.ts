import { fileURLToPath } from "node:url";

/** Where this library lies, whose own frames tell nobody anything; in the bundle this file is one folder deeper. */
const OWN = new URL(".", import.meta.url).href.replace(/chunks\/$/, "");
const OWN_PATH = fileURLToPath(OWN);

/** The lines of a stack that are the application's, innermost first: not this library's, not Node's. */
function applicationFrames(stack: string): readonly string[] {
  const lines = stack.split("\n").slice(1);
  return lines.filter((line) => !line.includes(OWN) && !line.includes(OWN_PATH) && !/[ (]node:/.test(line));
}

/** Deep enough for the library's own frames and what matters of the application's. */
const FRAMES = 50;

/** Where `called` was called from, or, in what follows an `await`, who waits for it: the application's frames. */
export function applicationStack(called: (...args: never[]) => unknown): readonly string[] {
  const trace: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  Error.captureStackTrace(trace, called);
  const frames = applicationFrames(trace.stack ?? "");
  Error.stackTraceLimit = stackTraceLimit;
  return frames;
}
