import { expect, it } from "vitest";
import { pause } from "../../src/pause.ts";

it("ends when the time is over", async () => {
  await pause(1);
  await pause(1, new AbortController().signal);
});

it("ends with the signal's reason, and not with an error of the timer's around it", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  const pausing = pause(60_000, abort.signal);
  abort.abort(reason);
  await expect(pausing).rejects.toBe(reason);
  await expect(pause(60_000, abort.signal)).rejects.toBe(reason);
});
