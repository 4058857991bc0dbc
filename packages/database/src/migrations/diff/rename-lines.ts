import type { Call } from "../compare/call.ts";
import { type Name, showName } from "../operations/identifier.ts";

/** A line for each rename: `Detected renamed column 'users.name' to 'full_name'`. */
export function detectedRenames(calls: readonly Call[]): readonly string[] {
  return calls.map((call) => `Detected ${whatOf(call)}`);
}

function whatOf(call: Call): string {
  const renamed = (what: string, to: Name): string => `renamed ${what} to '${showName(to)}'`;
  switch (call.method) {
    case "createSchema":
      return `added schema '${call.arguments[0]}'`;
    case "setSchema":
      return `moved ${call.arguments[0]} '${showName(call.arguments[1] as Name)}' to schema '${call.arguments[2]}'`;
    case "rename":
      return renamed(`${call.arguments[0]} '${showName(call.arguments[1] as Name)}'`, call.arguments[2]);
    case "renameTable":
      return renamed(`table '${showName(call.arguments[0])}'`, call.arguments[1]);
    case "renameIndex":
      return renamed(`index '${showName(call.arguments[0])}'`, call.arguments[1]);
    case "renameColumn":
    case "renameAttribute":
      return renamed(`column '${showName(call.arguments[0])}.${call.arguments[1]}'`, [call.arguments[2]]);
    case "renameEnumValue":
      return renamed(`value '${call.arguments[1]}' of enum '${showName(call.arguments[0])}'`, [call.arguments[2]]);
    case "renameConstraint":
    case "renameTrigger":
    case "renamePolicy": {
      const kind = call.method.slice("rename".length).toLowerCase();
      return renamed(`${kind} '${call.arguments[0]}' on '${showName(call.arguments[1])}'`, [call.arguments[2]]);
    }
    default:
      throw new Error(`unreachable: ${call.method} renames nothing`);
  }
}
