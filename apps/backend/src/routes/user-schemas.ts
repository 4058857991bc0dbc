import { type Static, Type } from "typebox";
import { refTo } from "../http/schemas.ts";
import type { User } from "../models/user.ts";
import { MAX_PASSWORD_BYTES, MIN_PASSWORD_LENGTH } from "../passwords.ts";

/** Users on a page that says nothing. */
export const DEFAULT_LIMIT = 20;

const EXAMPLE_ID = "019aa0f4-3c1e-7f5a-9d3c-2f4b8a6c1d7e";
const EXAMPLE_CURSOR = "WzEsIlhYVDN0M1FvVGciLCIwMTlhYTBmNCJd";

/** PostgreSQL stores no NUL, and a surrogate without its other half is no character: it would come back as another. */
const isStorable = (value: unknown): boolean =>
  typeof value !== "string" || !(value.includes("\0") || /\p{Surrogate}/u.test(value));
const STORABLE = (): string => "must not contain NUL characters or unpaired surrogates";

const fitsBcrypt = (value: unknown): boolean =>
  typeof value !== "string" || Buffer.byteLength(value) <= MAX_PASSWORD_BYTES;
const BCRYPT = (): string => `must not be longer than ${MAX_PASSWORD_BYTES} bytes as UTF-8`;

const email = Type.String({
  format: "email",
  maxLength: 255,
  description: "Unique, compared and stored exactly as given.",
  examples: ["mira@example.com"],
});
const password = Type.Refine(
  Type.Refine(
    Type.String({
      minLength: MIN_PASSWORD_LENGTH,
      description: `At least ${MIN_PASSWORD_LENGTH} characters and at most ${MAX_PASSWORD_BYTES} bytes as UTF-8.`,
      examples: ["correct horse battery staple"],
      writeOnly: true,
    }),
    fitsBcrypt,
    BCRYPT,
  ),
  isStorable,
  STORABLE,
);
const fullName = Type.Refine(
  Type.Unsafe<string | null>({
    type: ["string", "null"],
    maxLength: 255,
    description: "As the user writes it.",
    examples: ["Mira Lindqvist"],
  }),
  isStorable,
  STORABLE,
);
const isActive = Type.Boolean({ description: "Whether the user may log in." });

/** A user as clients see it. There is no place in it for the password's hash. */
export const USER_SCHEMA = Type.Object(
  {
    id: Type.String({ format: "uuid", examples: [EXAMPLE_ID] }),
    email: Type.String({ format: "email", examples: ["mira@example.com"] }),
    full_name: Type.Unsafe<string | null>({ type: ["string", "null"], examples: ["Mira Lindqvist"] }),
    is_active: isActive,
    is_superuser: Type.Boolean({ description: "Whether the user administers HypertroQ; not settable by this API." }),
    created_at: Type.String({ format: "date-time", examples: ["2026-01-31T12:00:00.000Z"] }),
    updated_at: Type.String({ format: "date-time", examples: ["2026-01-31T12:00:00.000Z"] }),
  },
  { $id: "User", additionalProperties: false, description: "A user." },
);

export const USER_PAGE_SCHEMA = Type.Object(
  {
    items: Type.Array(refTo(USER_SCHEMA)),
    next_cursor: Type.Unsafe<string | null>({
      type: ["string", "null"],
      description: "Give it as `after` to get the next page; null on the last one.",
      examples: [EXAMPLE_CURSOR],
    }),
  },
  { $id: "UserPage", additionalProperties: false, description: "One page of users, by id." },
);

export const NEW_USER_SCHEMA = Type.Object(
  { email, password, full_name: Type.Optional(fullName) },
  { additionalProperties: false },
);

export const USER_CHANGES_SCHEMA = Type.Object(
  {
    email: Type.Optional(email),
    password: Type.Optional(password),
    full_name: Type.Optional(fullName),
    is_active: Type.Optional(isActive),
  },
  { additionalProperties: false },
);

export const USER_ID_SCHEMA = Type.Object(
  { id: Type.String({ format: "uuid", description: "The user's id.", examples: [EXAMPLE_ID] }) },
  { additionalProperties: false },
);

export const USER_LIST_SCHEMA = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, default: DEFAULT_LIMIT, description: "Most users on a page." }),
    ),
    after: Type.Optional(
      // No example: /docs would send it with the first request.
      Type.String({ description: "`next_cursor` of the page before. Opaque." }),
    ),
  },
  { additionalProperties: false },
);

/** Names what clients may see, one by one: a column added to the model stays inside until it is added here. */
export function toUserBody(user: User): Static<typeof USER_SCHEMA> {
  return {
    id: user.id,
    email: user.email,
    full_name: user.fullName,
    is_active: user.isActive,
    is_superuser: user.isSuperuser,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}
