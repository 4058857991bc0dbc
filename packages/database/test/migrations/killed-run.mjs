// Runs a migration and dies by SIGKILL at its nth statement: before the answer comes, or after it. Prints how many
// statements there were if it lives.
import { Connection } from "../../dist/connection/connection.js";
import { connectOptions } from "../../dist/connection/options.js";
import { Migrator } from "../../dist/migrations/index.js";

const [url, directory, nth, moment, direction, target] = process.argv.slice(2);
const die = () => process.kill(process.pid, "SIGKILL");
let statements = 0;
const { query } = Connection.prototype;
Connection.prototype.query = async function (...given) {
  statements++;
  if (statements === Number(nth) && moment === "sent") {
    const answer = query.apply(this, given);
    setImmediate(die);
    return answer;
  }
  const result = await query.apply(this, given);
  if (statements === Number(nth)) {
    die();
    await new Promise(() => setInterval(() => {}, 1000)); // the signal takes effect in a moment, and nothing may happen in it
  }
  return result;
};
const migrator = new Migrator({ connect: connectOptions({ url }), directory });
const steps = await migrator[direction](target);
console.log(JSON.stringify({ statements, steps: steps.length }));
