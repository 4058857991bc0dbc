import { type Static, type TSchema, Type } from "typebox";

const TEXT = (description: string, example: unknown) => ({ description, examples: [example] });

/** RFC 9457, with the members this API adds. */
export const PROBLEM_SCHEMA = Type.Object(
  {
    type: Type.String(TEXT("Kind of problem, for programs; about:blank where the status says it all.", "about:blank")),
    title: Type.String(TEXT("The status in words.", "Unprocessable Entity")),
    status: Type.Integer(TEXT("The HTTP status.", 422)),
    detail: Type.String(TEXT("What happened and what to do next, for people.", "See errors.")),
    instance: Type.String(TEXT("Path of the request.", "/api/v1/users")),
    request_id: Type.String(TEXT("Finds the request in the log.", "019aa0f4-3c1e-7f5a-9d3c-2f4b8a6c1d7e")),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.Optional(Type.String(TEXT("JSON Pointer to the field in the body.", "/email"))),
          parameter: Type.Optional(Type.String(TEXT("Name of the path or query parameter.", "limit"))),
          detail: Type.String(TEXT("What is wrong there.", "must be an e-mail address")),
        }),
        { description: "Everything that is wrong with the request." },
      ),
    ),
  },
  { $id: "Problem", description: "Problem details (RFC 9457)." },
);

/** A schema registered under its `$id`, by reference, with its static type. */
export function refTo<S extends TSchema>(schema: S) {
  return Type.Unsafe<Static<S>>({ $ref: `${(schema as { $id?: string }).$id}#` });
}

const REASONS: Readonly<Record<number, string>> = {
  400: "The request cannot be read: malformed JSON, for example.",
  403: "Not for this client.",
  404: "There is no such resource.",
  409: "The change contradicts what is stored.",
  413: "The body is too large.",
  415: "The body is not application/json.",
  422: "The request can be read but not accepted; `errors` lists all that is wrong.",
  429: "Too many requests; Retry-After says when to go on.",
  500: "A fault of ours; the log has more under the request_id.",
  503: "The database is busy or out of reach, or this process is stopping; try again after Retry-After seconds.",
};

/** The `response` entries of an operation's refusals, as problem+json. */
export function problems<const S extends number>(...statuses: readonly S[]) {
  const entries = statuses.map((status) => [
    status,
    {
      description: REASONS[status],
      content: { "application/problem+json": { schema: refTo(PROBLEM_SCHEMA) } },
    },
  ]);
  return Object.fromEntries(entries) as { readonly [K in S]: TSchema };
}
