// The days that somebody can mean, as the server accepts them.

export const FIRST_DAY = "1970-01-01";
export const LAST_DAY = "2199-12-31";

/** Whether somebody can mean this day. While a year is typed, a field has a day of the first century, and 26 stays there. */
export function isMeant(day: string): boolean {
  return day >= FIRST_DAY && day <= LAST_DAY;
}
