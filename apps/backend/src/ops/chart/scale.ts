/** The least of 1, 2 and 5 times a power of ten that nothing goes beyond; at least `least`. */
export function niceMaximum(values: readonly number[], least: number): number {
  const largest = values.reduce((most, value) => Math.max(most, value), least);
  const power = 10 ** Math.floor(Math.log10(largest));
  const factor = [1, 2, 5, 10].find((each) => each * power >= largest * (1 - 1e-9))!;
  return Number((factor * power).toPrecision(1));
}
