const views = new WeakMap<object, { readonly state: string }>();

/** The naked session on what a session holds, another one when the last has ended. */
export function nakedOf<T extends { readonly state: string }>(session: object, make: () => T): T {
  const known = views.get(session);
  if (known !== undefined && known.state !== "closed") return known as T;
  const made = make();
  views.set(session, made);
  return made;
}
