import { LEAD } from "../../connection/lead.ts";

const SETTING = new RegExp(String.raw`${LEAD}(?:set\b|reset\b|select\s+(?:pg_catalog\s*\.\s*)?set_config\s*\()`, "i");

/** Whether a statement does nothing but change a setting or the role, so that it may be repeated. */
export function isSetting(text: string): boolean {
  return SETTING.test(text);
}
