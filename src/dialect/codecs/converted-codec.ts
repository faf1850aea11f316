import type { Codec, Decode, Encode, SqlType, TypeConversion } from "../../types/index.ts";
import { refuseValue } from "./refusal.ts";

/** Wraps a type's conversions around its codec: values bound pass the outermost first, results the innermost. */
export function convertedCodec(type: SqlType, codec: Codec): Codec {
  const conversions = type.conversions ?? [];
  if (conversions.length === 0) return codec;
  return { encode: convertedEncode(conversions, codec.encode), decode: convertedDecode(conversions, codec.decode) };
}

function convertedEncode(conversions: readonly TypeConversion[], encode: Encode | null): Encode | null {
  const outermostFirst = conversions.filter((conversion) => conversion.bind !== undefined).reverse();
  if (outermostFirst.length === 0) return encode;
  return (given: unknown) => {
    let value = given;
    for (const conversion of outermostFirst) {
      value = conversion.bind?.(value);
      if (value === null) return null;
      if (value === undefined)
        refuseValue(conversion.name, value, "Its bind() returned nothing; return null for NULL.");
    }
    return encode === null ? value : encode(value as never);
  };
}

function convertedDecode(conversions: readonly TypeConversion[], decode: Decode | null): Decode | null {
  const innermostFirst = conversions.filter((conversion) => conversion.result !== undefined);
  if (innermostFirst.length === 0) return decode;
  return (raw: unknown) => {
    let value = decode === null ? raw : decode(raw as never);
    for (const conversion of innermostFirst) value = conversion.result?.(value);
    return value;
  };
}
