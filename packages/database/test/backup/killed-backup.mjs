// Makes a backup and dies by SIGKILL at its nth call of the file system: before it, or when it is done. Prints how many there
// were if it lives.
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const [url, directory, nth, moment] = process.argv.slice(2);
let calls = 0;
const counted = (call) =>
  async function (...given) {
    calls++;
    const isLast = calls === Number(nth);
    if (isLast && moment === "before") process.kill(process.pid, "SIGKILL");
    const result = await call.apply(this, given);
    if (isLast) process.kill(process.pid, "SIGKILL");
    return result;
  };
const handle = await fs.open(process.execPath);
const prototype = Object.getPrototypeOf(handle);
await handle.close();
for (const name of ["write", "writeFile", "sync", "close"]) prototype[name] = counted(prototype[name]);
for (const name of ["open", "mkdir", "rename"]) fs[name] = counted(fs[name]);
syncBuiltinESMExports();

const { connectOptions } = await import("@hypertroq/database");
const { createBackup } = await import("@hypertroq/database/backup");
await createBackup({ connect: connectOptions({ url }), directory, path: "" });
console.log(calls);
