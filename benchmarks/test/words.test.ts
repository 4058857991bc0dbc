import { describe, expect, it } from "vitest";
import { NAMES } from "../src/race.ts";
import { parseWords, WrongWords } from "../src/words.ts";
import { WORK_NAMES } from "../src/works/index.ts";

it("races everybody at everything unless told otherwise", () => {
  expect(parseWords([])).toEqual({
    instead: undefined,
    works: WORK_NAMES,
    contestants: NAMES,
    concurrency: [1, 20],
    tables: [10, 100, 1000],
    rounds: 7,
    seconds: 1,
    json: false,
    help: false,
  });
});

it.each(["profile", "types", "check", "latency", "start", "replicas"] as const)("runs no race for --%s", (instead) => {
  expect(parseWords([`--${instead}`])).toMatchObject({ instead });
});

it("takes what makes the comparison of tables and waiting at a fixed rate shorter or longer", () => {
  const words = (text: string) => parseWords(text.split(" "));
  expect(words("--check")).toMatchObject({ tables: [10, 100, 1000], rounds: 5 });
  expect(words("--check --tables 1000 --rounds 2")).toMatchObject({ tables: [1000], rounds: 2 });
  expect(words("--latency")).toMatchObject({ rounds: 5, seconds: 2 });
  expect(words("--latency --rounds 3 --seconds 10")).toMatchObject({ rounds: 3, seconds: 10 });
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
    ["--check --tables 0", '--tables takes whole numbers from 1 to 10000, not "0".'],
    ["--check --seconds 3", "--check is no race: it takes no --seconds."],
    ["--latency --tables 10", "--latency is no race: it takes no --tables."],
    ["--tables 10", "A race takes no --tables."],
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
