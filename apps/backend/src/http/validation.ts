import type { FastifySchemaCompiler } from "fastify";
import type { TObject, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Settings } from "typebox/system";
import { type InputError, Problem } from "./problem.ts";

// TypeBox lists eight by default, and counts a few that are merged here. A body has room for thousands; nobody reads them.
Settings.Set({ maxErrors: 100 });

/** As TypeBox reports it. */
interface Failure {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/**
 * Checks bodies, query strings and path parameters by their TypeBox schemas and reports all errors at once. A body is
 * taken as it is; the text of a query string becomes a number where the schema asks for one.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  const isBody = httpPart === "body";
  return (input: unknown) => {
    const value = isBody ? input : withNumbers(schema as TObject, input as Readonly<Record<string, unknown>>);
    if (validator.Check(value)) return { value };
    const errors = (validator.Errors(value) as readonly Failure[])
      .flatMap(describe)
      .map(([path, detail]): InputError => (isBody ? { pointer: path, detail } : { parameter: path.slice(1), detail }));
    return {
      error: new Problem(422, "The request does not say what this operation needs; see errors.", {
        kind: "invalid-input",
        errors,
      }),
    };
  };
};

function withNumbers(schema: TObject, input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const value: Record<string, unknown> = { ...input };
  for (const [name, property] of Object.entries(schema.properties)) {
    const { type } = property as { type?: string };
    const given = value[name];
    if (type === "integer" && typeof given === "string" && /^-?\d{1,15}$/.test(given)) value[name] = Number(given);
  }
  return value;
}

/** Paths with what is wrong there; nothing for failures that only sum up others. */
function describe({
  keyword,
  schemaPath,
  instancePath,
  params,
  message,
}: Failure): readonly (readonly [string, string])[] {
  switch (keyword) {
    case "required": {
      const { requiredProperties } = params as { requiredProperties: readonly string[] };
      return requiredProperties.map((name) => [`${instancePath}/${name}`, "is required"]);
    }
    case "boolean":
      return schemaPath.endsWith("/additionalProperties")
        ? [[instancePath, "is not known here"]]
        : [[instancePath, message]];
    case "additionalProperties":
      return [];
    case "format":
      return [
        [
          instancePath,
          (params as { format: string }).format === "uuid" ? "must be a UUID" : "must be an e-mail address",
        ],
      ];
    default:
      return [[instancePath, message]];
  }
}
