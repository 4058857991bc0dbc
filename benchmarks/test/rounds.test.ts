import { expect, it } from "vitest";
import { inTurn } from "../src/rounds.ts";

it("gives everybody a turn, one after another, and lets another one begin in each round", async () => {
  const turns: string[] = [];
  let under = 0;
  for (let round = 0; round < 4; round++) {
    await inTurn(["a", "b", "c"], round, undefined, async (one) => {
      expect(++under).toBe(1);
      await new Promise((go) => setImmediate(go));
      turns.push(one);
      under--;
    });
  }
  expect(turns.join("")).toBe("abcbcacababc");
});

it("ends before the next turn when it is aborted", async () => {
  const ended = new AbortController();
  const turns: string[] = [];
  const run = inTurn(["a", "b", "c"], 0, ended.signal, async (one) => {
    turns.push(one);
    if (one === "b") ended.abort();
  });
  await expect(run).rejects.toThrow();
  expect(turns).toEqual(["a", "b"]);
});
