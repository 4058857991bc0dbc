import type { DatabaseSettings } from "@hypertroq/database";

export declare const settings: DatabaseSettings;
export declare function tokenFor(
  place: { readonly host: string; readonly port: number; readonly user: string },
  signal: AbortSignal,
): Promise<string>;
