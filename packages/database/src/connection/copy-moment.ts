const ZERO = 0x30;
const DAY = 86_400_000;

/** Of what `writeMoment` writes, in bytes: `2026-01-31T12:00:00.123Z`. */
export const LONGEST_MOMENT = 24;

/** Days from 1 March of the year 0, from which the calendar repeats itself every 400 years, to 1970. */
const DAYS_TO_1970 = 719_468;
const DAYS_IN_400_YEARS = 146_097;

/**
 * Writes a moment as ISO 8601, in a tenth of the time that `toISOString` and a copy of its text take. Only for the years 1 to
 * 9999.
 *
 * @param time milliseconds since 1970.
 * @returns the place behind it; undefined when it is outside of these years, or no time, and nothing was written.
 */
export function writeMoment(bytes: Buffer, at: number, time: number): number | undefined {
  if (!(time >= FIRST && time < END)) return undefined;
  const day = Math.floor(time / DAY);
  const millisecond = time - day * DAY;
  const second = Math.floor(millisecond / 1000);
  const minute = Math.floor(second / 60);
  const hour = Math.floor(minute / 60);

  // Years begin in March, so that a leap day is the last one of its year.
  const days = day + DAYS_TO_1970;
  const era = Math.floor(days / DAYS_IN_400_YEARS);
  const dayOfEra = days - era * DAYS_IN_400_YEARS;
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153); // 153 days in five months from March and from August
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);

  const century = Math.floor(year / 100);
  pair(bytes, at, century);
  pair(bytes, at + 2, year - century * 100);
  bytes[at + 4] = 0x2d;
  pair(bytes, at + 5, month);
  bytes[at + 7] = 0x2d;
  pair(bytes, at + 8, dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1);
  bytes[at + 10] = 0x54;
  pair(bytes, at + 11, hour);
  bytes[at + 13] = 0x3a;
  pair(bytes, at + 14, minute - hour * 60);
  bytes[at + 16] = 0x3a;
  pair(bytes, at + 17, second - minute * 60);
  bytes[at + 19] = 0x2e;
  const fraction = millisecond - second * 1000;
  const tenth = Math.floor(fraction / 100);
  bytes[at + 20] = ZERO + tenth;
  pair(bytes, at + 21, fraction - tenth * 100);
  bytes[at + 23] = 0x5a;
  return at + LONGEST_MOMENT;
}

const FIRST = Date.parse("0001-01-01T00:00:00Z");
const END = Date.parse("+010000-01-01T00:00:00Z");

function pair(bytes: Buffer, at: number, value: number): void {
  const tens = Math.floor(value / 10);
  bytes[at] = ZERO + tens;
  bytes[at + 1] = ZERO + value - tens * 10;
}
