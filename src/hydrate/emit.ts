/** The only place that compiles code. Names reach generated code through `JSON.stringify`, values as arguments. */

let allowed: boolean | undefined;

/** Tells, after one probe, whether the runtime lets code be generated. */
export function allowsCodeGeneration(): boolean {
  if (allowed === undefined) {
    try {
      // oxlint-disable-next-line no-new-func -- the probe
      allowed = new Function("return true")() === true;
    } catch {
      allowed = false;
    }
  }
  return allowed;
}

/** Compiles a function of these parameters, or answers `null` where the runtime forbids it. */
export function compileFunction<F>(parameters: readonly string[], body: string): F | null {
  if (!allowsCodeGeneration()) return null;
  // oxlint-disable-next-line no-new-func -- see above
  return new Function(...parameters, `"use strict"; ${body}`) as F;
}
