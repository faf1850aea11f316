/** A body that is sent piece by piece: a stream of Node's or of the web's, or a response that has one. */
export function isStream(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  const { pipe, getReader } = body as { readonly pipe?: unknown; readonly getReader?: unknown };
  return typeof pipe === "function" || typeof getReader === "function" || isResponse(body);
}

function isResponse(body: object): boolean {
  return "body" in body && "status" in body && "headers" in body;
}
