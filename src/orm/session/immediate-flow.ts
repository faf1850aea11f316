import type { Flow } from "../../flow/index.ts";

/** A flow that waits for nothing: it comes to its turn like any other. */
// oxlint-disable-next-line require-yield
export function* immediateFlow(body: () => void): Flow<void> {
  body();
}
