import { signWebhook } from "@hypertroq/database/monitoring";

export const secret = "of the receiver's";
export const body = "{}";
export let headers: Readonly<Record<string, string>>;

export async function prepare(): Promise<void> {
  process.env["ALERT_WEBHOOK"] = "http://127.0.0.1:9/alerts";
  process.env["ALERT_WEBHOOK_SECRET"] = secret;
  const timestamp = String(Math.floor(Date.now() / 1000));
  headers = { "x-hypertroq-timestamp": timestamp, "x-hypertroq-signature": signWebhook(secret, timestamp, body) };
}
