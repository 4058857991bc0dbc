import { BaseModel, daterange, integer, timestamptz, uuid, varchar } from "@hypertroq/database";

export { randomUUID } from "node:crypto";

export class Hall extends BaseModel.define({ city: varchar(100), name: varchar(100) }) {}
export class Seat extends BaseModel.define({
  city: varchar(100),
  hall: varchar(100),
  row: integer(),
  number: integer(),
}) {}
export class Stay extends BaseModel.define({
  room: uuid(),
  from: timestamptz(),
  to: timestamptz(),
  period: daterange(),
}) {}
