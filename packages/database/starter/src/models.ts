import { BaseModel, defineSchema, varchar } from "@hypertroq/database";

/** A table `exercises`: these columns, and from BaseModel `id`, `created_at` and `updated_at`. */
export class Exercise extends BaseModel.define({
  name: varchar(100).unique(),
  muscle: varchar(50).index(),
}) {}

export const schema = defineSchema({ Exercise });
