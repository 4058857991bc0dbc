import { dirname, resolve } from "node:path";
import { defineConfig } from "@prisma/orm-postgres/config";
import { executeContractEmit } from "@prisma/orm-toolchain/cli/control-api";

/**
 * What `prisma contract emit` does: `node emit.ts CONTRACT FOLDER` writes contract.json and contract.d.ts. The command itself
 * is a package of 1.1 GB, which deploys to a platform as well.
 */
const [contract, output] = process.argv.slice(2).map((path) => resolve(path)) as [string, string];
await executeContractEmit({
  config: defineConfig({ contract, output }),
  cwd: dirname(contract),
  projectDir: import.meta.dirname,
});
