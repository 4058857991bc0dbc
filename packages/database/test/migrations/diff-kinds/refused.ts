import { bothWays, type Pair, pairs } from "./pair.ts";

export const refused = pairs(
  "refused",
  [
    {
      name: "a check of a domain that an array column uses",
      from: "create domain d as int; create table t (a d[])",
      to: "create domain d as int constraint k check (value > 3); create table t (a d[])",
      says: /addDomainCheck d\.k: cannot alter type "d" because column "t\.a" uses it/,
    },
    {
      name: "a value of an enum that partitions are by",
      from: "create type e as enum ('a', 'b'); create table p (v e) partition by list (v)",
      to: "create type e as enum ('a', 'z', 'b'); create table p (v e) partition by list (v)",
      says: /replaceEnum e: cannot alter column "v" because it is part of the partition key/,
    },
    {
      name: "a type into which no value can be cast",
      from: "create table t (a int, b date)",
      to: "create table t (a int, b int)",
      says: /alterColumn t\.b: cannot cast type/,
    },
  ].flatMap(({ name, from, to, says }) =>
    bothWays([[name, from, to]]).map((pair): Pair => [pair[0], pair[1], pair[2], { refused: says }]),
  ),
);
