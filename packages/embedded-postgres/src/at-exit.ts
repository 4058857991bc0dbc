const cleanups = new Set<() => void>();
let listening = false;

/**
 * Runs `cleanup` when the process exits by itself: the event loop ran dry, `process.exit`, an uncaught exception. Nothing
 * runs when a signal kills it: what is left then is found by the next start. Cleanups run in reverse order, must be
 * synchronous, and one that throws doesn't keep the others from running.
 *
 * @returns a function that withdraws the cleanup.
 */
export function atExit(cleanup: () => void): () => void {
  if (!listening) {
    listening = true;
    process.on("exit", () => {
      for (const each of [...cleanups].reverse()) {
        try {
          each();
        } catch {
          // The process is going away: there is nobody left to tell.
        }
      }
    });
  }
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
  };
}
