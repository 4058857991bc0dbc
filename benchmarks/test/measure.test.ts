import { expect, it } from "vitest";
import { measure, measureAlone } from "../src/measure.ts";

it("does each of the concurrent operations once, even when the time is over as it begins", async () => {
  let under = 0;
  const most: number[] = [];
  const operation = async (): Promise<void> => {
    most.push(++under);
    await null;
    under--;
  };
  expect(await measure(operation, { concurrency: 3, seconds: 0 })).toMatchObject({ operations: 3 });
  expect(most).toEqual([1, 2, 3]);
});

it("does one alone, even when there is no time for it", async () => {
  const inputs: string[] = [];
  const sample = await measureAlone(
    () => "input",
    async (input) => inputs.push(input),
    0,
  );
  expect(inputs).toEqual(["input"]);
  expect(sample.operations).toBe(1);
});
