import { ArgumentError } from "../errors/index.ts";
import { type JsonFunctions, jsonCodecOf } from "./codecs/index.ts";
import type { Dialect } from "./dialect.ts";

/** What one engine has otherwise than its dialect. */
export interface DialectChoices extends JsonFunctions {
  /** The most rows one INSERT carries; 1: rows do not share statements. */
  readonly insertPage?: number | undefined;
  /** The most characters of a name that is made up. */
  readonly labelLength?: number | undefined;
}

/**
 * The dialect with an engine's choices; the very same where there are none.
 *
 * @throws ArgumentError for names longer than the database takes.
 */
export function tailorDialect(dialect: Dialect, choices: DialectChoices): Dialect {
  const { serialize, deserialize, insertPage, labelLength } = choices;
  if (Object.values(choices).every((choice) => choice === undefined)) return dialect;
  const { features } = dialect;
  if (labelLength !== undefined && labelLength > features.labelLength) {
    throw new ArgumentError(
      `labelLength is ${labelLength}, and names in ${dialect.name} have at most ${features.labelLength} characters.`,
    );
  }
  const types =
    serialize === undefined && deserialize === undefined ? dialect.types : dialect.typesWith(jsonCodecOf(choices));
  return {
    ...dialect,
    types,
    features: {
      ...features,
      ...(insertPage === undefined ? null : { insertPage }),
      // an INSERT of one row needs no arrays
      ...(insertPage === 1 ? { insertMany: "values" as const } : null),
      ...(labelLength === undefined ? null : { labelLength }),
    },
  };
}
