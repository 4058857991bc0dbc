import { readFileSync } from "node:fs";

/**
 * Seconds of CPU that the backends of a server have used so far, or undefined where the kernel does not tell (it is
 * Linux's /proc that does). The difference of two is meaningful while no backend comes or goes.
 */
export function serverCpu(postmaster: number): number | undefined {
  try {
    const backends = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8").trim().split(" ");
    let nanoseconds = 0;
    for (const pid of backends) nanoseconds += Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]);
    return nanoseconds / 1e9;
  } catch {
    return undefined;
  }
}
