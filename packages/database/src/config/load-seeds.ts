import { importProblem } from "../migrations/script/import-module.ts";
import type { Seed } from "../seeding/define-seed.ts";
import { ConfigInvalid } from "./errors.ts";
import type { LoadedConfig } from "./load-config.ts";

/**
 * The seeds of a configuration, which are imported only when they are asked for; none when it has none.
 *
 * @throws {ConfigInvalid} when they cannot be imported, or are not what `defineSeed` returns.
 */
export async function loadSeeds({ file, seeds }: Pick<LoadedConfig, "file" | "seeds">): Promise<readonly Seed[]> {
  let found: unknown;
  try {
    found = typeof seeds === "function" ? await seeds() : (seeds ?? []);
  } catch (error) {
    throw new ConfigInvalid(file, `its seeds cannot be loaded: ${importProblem(error)}`, { cause: error });
  }
  if (Array.isArray(found) && found.every((seed) => typeof seed?.rows === "function" && Array.isArray(seed?.after))) {
    return found;
  }
  throw new ConfigInvalid(file, "its seeds are not an array of what defineSeed returns");
}
