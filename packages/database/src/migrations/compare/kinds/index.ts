import { ENUM } from "../enums.ts";
import type { Kind } from "../node.ts";
import { COLUMN } from "./column.ts";
import type { KindOf } from "./kind.ts";
import { OTHER, STATISTICS } from "./other.ts";
import { CONSTRAINT, INDEX, POLICY, TRIGGER } from "./parts.ts";
import { ROUTINE } from "./routine.ts";
import { EXTENSION, SCHEMA } from "./schema.ts";
import { SEQUENCE } from "./sequence.ts";
import { TABLE } from "./table.ts";
import { COMPOSITE, DOMAIN, RANGE } from "./types.ts";
import { VIEW } from "./view.ts";

export const KINDS: { readonly [K in Kind]: KindOf<K> } = {
  schema: SCHEMA,
  extension: EXTENSION,
  enum: ENUM,
  domain: DOMAIN,
  composite: COMPOSITE,
  range: RANGE,
  sequence: SEQUENCE,
  table: TABLE,
  column: COLUMN,
  constraint: CONSTRAINT,
  index: INDEX,
  trigger: TRIGGER,
  policy: POLICY,
  view: VIEW,
  routine: ROUTINE,
  statistics: STATISTICS,
  other: OTHER,
};
