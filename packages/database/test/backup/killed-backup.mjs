// Makes a backup and dies by SIGKILL at its nth call of the file system, before it or when it is done, or within its nth
// write. Prints how many calls there were if it lives; of writes there are more or fewer, as the rows come.
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const [url, directory, nth, moment] = process.argv.slice(2);
let calls = 0;
const counted = (call) =>
  async function (...given) {
    calls++;
    const isLast = calls === Number(nth) && moment !== "within";
    if (isLast && moment === "before") process.kill(process.pid, "SIGKILL");
    const result = await call.apply(this, given);
    if (isLast) process.kill(process.pid, "SIGKILL");
    return result;
  };
const handle = await fs.open(process.execPath);
const prototype = Object.getPrototypeOf(handle);
await handle.close();
const { write } = prototype;
let writes = 0;
prototype.write = function (...given) {
  writes++;
  if (moment === "within" && writes === Number(nth)) setImmediate(() => process.kill(process.pid, "SIGKILL"));
  return write.apply(this, given);
};
for (const name of ["writeFile", "sync"]) prototype[name] = counted(prototype[name]);
for (const name of ["open", "mkdir", "rename"]) fs[name] = counted(fs[name]);
syncBuiltinESMExports();

const { connectOptions } = await import("@hypertroq/database");
const { createBackup } = await import("@hypertroq/database/backup");
await createBackup({ connect: connectOptions({ url }), directory, path: "" });
console.log(calls);
