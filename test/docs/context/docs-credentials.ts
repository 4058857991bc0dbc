import { DATABASE_SETTINGS, type DatabaseSettings, readSettings } from "@hypertroq/database";

export let settings: DatabaseSettings;

export async function prepare(): Promise<void> {
  settings = readSettings(DATABASE_SETTINGS, process.env);
}

export async function tokenFor(
  place: { readonly host: string; readonly port: number; readonly user: string },
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const { hostname, password } = new URL(process.env["DATABASE_URL"]!);
  if (place.host !== hostname) throw new Error(`asked for ${place.host}`);
  return decodeURIComponent(password);
}
