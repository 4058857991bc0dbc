/**
 * The call that gives a setting a value (PostgreSQL, "Configuration Settings Functions"). Its name is no parameter, so that
 * an error may tell it.
 *
 * @param value SQL, `$1` for one. @param isLocal SQL for whether it lasts for the transaction only.
 */
export function setConfig(name: string, value: string, isLocal: string): string {
  return `set_config('${name.replaceAll("'", "''")}', ${value}, ${isLocal})`;
}
