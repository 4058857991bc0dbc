import { describe, expect, it } from "vitest";
import { NAMES } from "../src/race.ts";
import { parseWords, WrongWords } from "../src/words.ts";
import { WORK_NAMES } from "../src/works/index.ts";

it("races everybody at everything unless told otherwise", () => {
  expect(parseWords([])).toEqual({
    works: WORK_NAMES,
    contestants: NAMES,
    concurrency: [1, 20],
    rounds: 7,
    seconds: 1,
    json: false,
    profile: false,
    types: false,
    check: false,
    latency: false,
    start: false,
    replicas: false,
    help: false,
  });
});

it("takes lists, each word once, and keeps ours among those who race", () => {
  const words = "--only write,read,write --against pg --concurrency 20,5 --rounds 3 --seconds .5 --json";
  expect(parseWords(words.split(" "))).toMatchObject({
    works: ["write", "read"],
    contestants: ["ours", "pg"],
    concurrency: [20, 5],
    rounds: 3,
    seconds: 0.5,
    json: true,
  });
});

describe("says what is wrong with", () => {
  it.each([
    ["--only raed", '--only does not know "raed". It takes, separated by commas: read, list20, '],
    ["--only read,,write", '--only does not know "".'],
    ["--against ours", '--against does not know "ours".'],
    ["--concurrency 1,21", '--concurrency takes whole numbers from 1 to 20, not "21".'],
    ["--concurrency 0", '--concurrency takes whole numbers from 1 to 20, not "0".'],
    ["--rounds 1.5", '--rounds takes whole numbers from 1 to 1000, not "1.5".'],
    ["--rounds 0x5", '--rounds takes whole numbers from 1 to 1000, not "0x5".'],
    ["--seconds 0", '--seconds takes a number of seconds above 0, 3600 at most, not "0".'],
    ["--seconds soon", '--seconds takes a number of seconds above 0, 3600 at most, not "soon".'],
    ["--profile --rounds 3", "--profile is no race: it takes no --rounds."],
    ["--types --only read", "--types is no race: it takes no --only."],
    ["--types --profile", "--profile is no race: it takes no --types."],
    ["--latency --start", "--latency is no race: it takes no --start."],
    ["--start --against pg", "--start is no race: it takes no --against."],
    ["--check --types", "--types is no race: it takes no --check."],
    ["--only", "--only"],
    ["--fast", "--fast"],
    ["read", "read"],
  ])("%s", (words, message) => {
    expect(() => parseWords(words.split(" "))).toThrow(WrongWords);
    expect(() => parseWords(words.split(" "))).toThrow(message);
  });
});
