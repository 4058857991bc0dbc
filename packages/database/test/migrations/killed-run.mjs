// Runs a migration and dies by SIGKILL at its nth statement: when it has been sent, or when its answer has come. Prints how
// many statements there were if it lives.
import { connectOptions } from "@hypertroq/database";
import { Migrator } from "@hypertroq/database/migrations";
import pg from "pg";

const [url, directory, nth, moment, direction, target] = process.argv.slice(2);
const die = () => process.kill(process.pid, "SIGKILL");
let statements = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (...given) {
  statements++;
  if (statements === Number(nth)) {
    if (moment === "sent") setImmediate(die);
    else this.connection.once("readyForQuery", die);
  }
  return query.apply(this, given);
};
const migrator = new Migrator({ connect: connectOptions({ url }), directory });
const steps = await migrator[direction](target);
console.log(JSON.stringify({ statements, steps: steps.length }));
