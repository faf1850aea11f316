/** Turns a JavaScript value (never null) into what the driver takes. */
export type Encode = (value: never) => unknown;
/** Turns what the driver gives (never null) into a JavaScript value. */
export type Decode = (value: never) => unknown;

/** How values of one type travel through one dialect; `null` means as they are. */
export interface Codec {
  readonly encode: Encode | null;
  readonly decode: Decode | null;
}
