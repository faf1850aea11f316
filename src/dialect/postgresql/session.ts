/**
 * What every PostgreSQL session needs for values to be read right whatever the server's configuration:
 * ISO dates, ISO 8601 intervals, hexadecimal bytes, exact floats, plain backslashes, and UTC for timestamps without time zone.
 */
export const sessionSetup: readonly string[] = [
  "SET datestyle = 'ISO, YMD'",
  "SET intervalstyle = 'iso_8601'",
  "SET timezone = 'UTC'",
  "SET bytea_output = 'hex'",
  "SET extra_float_digits = 3",
  // text in DDL is written so
  "SET standard_conforming_strings = on",
];
