/** A run that has to be complete fails where another one skips with a message. */
export function skipsAreFailures(): boolean {
  return process.env["CI"] === "true" || process.env["REQUIRE_ALL_TARGETS"] === "1";
}
