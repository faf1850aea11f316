const OWN_FRAMES = 40; // what may lie between a statement's failure and the program's own code

/** Makes an error whose stack reaches the program's code although it is made deep inside the library. */
export function withDeepStack<T>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  if (typeof limit !== "number" || !Object.isExtensible(Error)) return make();
  Error.stackTraceLimit = limit + OWN_FRAMES;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
