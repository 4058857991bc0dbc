const PARTS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** Seconds in the two largest units, as far as there is something of them: `3 min 4 s`, `1 min`, `0 s`. */
export function duration(seconds: number): string {
  const first = PARTS.findIndex(([length]) => seconds >= length);
  let left = Math.floor(seconds);
  const parts = PARTS.slice(first === -1 ? 3 : first)
    .slice(0, 2)
    .map(([length, unit]) => {
      const amount = Math.floor(left / length);
      left -= amount * length;
      return [amount, unit] as const;
    });
  return parts
    .filter(([amount], i) => i === 0 || amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ");
}

/** `3 min 4 s ago`. */
export function ago(time: Date, now = Date.now()): string {
  return `${duration(Math.max(0, (now - time.getTime()) / 1000))} ago`;
}

/** Bytes as PostgreSQL's `pg_size_pretty` counts them, in units of 1024. */
export function bytes(amount: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, amount)) / 10));
  return `${short(amount / 1024 ** step)} ${units[step]}`;
}

/** Milliseconds, as seconds from a whole one on, and as minutes from one on. */
export function milliseconds(amount: number): string {
  if (amount >= 60_000) return duration(amount / 1000);
  return amount < 1000 ? `${short(amount)} ms` : `${short(amount / 1000)} s`;
}

/** A whole number, its thousands apart. */
export function count(amount: number): string {
  return Math.round(amount)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, "\u00a0");
}

/** Three digits, or as many as stand before the point. */
export function short(amount: number): string {
  const digits = amount >= 100 || Number.isInteger(amount) ? 0 : amount >= 10 ? 1 : 2;
  return digits === 0 ? count(amount) : amount.toFixed(digits);
}
