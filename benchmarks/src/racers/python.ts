import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Debian's packages are the system's Python's, which need not be the first on PATH. */
const PYTHONS = ["python3", "/usr/bin/python3"] as const;

/** The Python that has these modules, if one does. */
export async function findPython(...modules: readonly string[]): Promise<string | undefined> {
  for (const python of PYTHONS) {
    try {
      await promisify(execFile)(python, ["-c", `import ${modules.join(", ")}`]);
      return python;
    } catch {
      // the next one may have them
    }
  }
  return undefined;
}
