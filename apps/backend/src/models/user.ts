import { BaseModel, boolean, index, repository, varchar } from "@hypertroq/database";

/** Somebody who may use HypertroQ. E-mail addresses are unique as they are written: `A@x.org` is not `a@x.org`. */
export class User extends BaseModel.define({
  email: varchar(255).index({ unique: true }),
  hashedPassword: varchar(255).hidden(),
  fullName: varchar(255).nullable(),
  isActive: boolean().default(true),
  isSuperuser: boolean().default(false),
}) {
  static override readonly indexes = [index(() => User.c.id)];
}

export const users = repository(User);
