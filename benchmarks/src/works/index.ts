import type { WorkName } from "../client.ts";
import { checkout } from "./checkout.ts";
import { five } from "./five.ts";
import { include } from "./include.ts";
import { insert1000, insert100000 } from "./insert.ts";
import { list20, list500 } from "./list.ts";
import { offset, page } from "./page.ts";
import { read } from "./read.ts";
import { together } from "./together.ts";
import type { Work } from "./work.ts";
import { write } from "./write.ts";

/** Every work there is, in the order of the report. */
export const WORKS: { readonly [Name in WorkName]: Work<Name> } = {
  read,
  list20,
  list500,
  include,
  page,
  offset,
  write,
  insert1000,
  insert100000,
  five,
  together,
  checkout,
};

export const WORK_NAMES = Object.keys(WORKS) as readonly WorkName[];
