import { DefinitionError } from "../errors.ts";
import type { Expression } from "../query/expression.ts";
import { type Sql, sql } from "../query/sql.ts";

/** What the text of a setting is read as. */
interface SettingTypes {
  readonly text: string;
  readonly uuid: string;
  readonly integer: number;
  readonly bigint: bigint;
}

const CASTS: Readonly<Record<keyof SettingTypes, Sql>> = {
  text: sql``,
  uuid: sql`::uuid`,
  integer: sql`::integer`,
  bigint: sql`::bigint`,
};

/**
 * What a session was given as `context`, for policies: `Note.c.ownerId.eq(sessionSetting("app.user_id", "uuid"))`. NULL in
 * a session that was given none, also when the connection's last one was, so that nothing equals it (PostgreSQL,
 * "Customized Options": a setting that was set once in a session is empty afterwards, and not unknown).
 *
 * @param name with a dot, as those of applications have.
 * @throws {DefinitionError} when it has none, or the type is no other than those.
 */
export function sessionSetting<T extends keyof SettingTypes>(name: string, type: T): Expression<SettingTypes[T]> {
  if (!/^[a-z_]\w*(\.[a-z_]\w*)+$/i.test(name) || !Object.hasOwn(CASTS, type)) {
    throw new DefinitionError(
      `sessionSetting() takes a name with a dot, "app.user_id", and one of ${Object.keys(CASTS).join(", ")}.`,
    );
  }
  return sql<SettingTypes[T]>`nullif(current_setting(${name}, true), '')${CASTS[type]}`;
}
