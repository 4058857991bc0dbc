import { defineSchema } from "@hypertroq/database";
import { User } from "./user.ts";

/** Every model of the backend: what migrations compare the database with. */
export const schema = defineSchema({ User });
