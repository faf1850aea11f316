/** `TARGETS=sqlite,postgresql` leaves MariaDB out; unset, every database is in. */
export function isSelected(database: string): boolean {
  const selected = process.env["TARGETS"]?.split(",");
  return selected === undefined || selected.includes(database);
}
