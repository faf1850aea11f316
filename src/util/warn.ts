/** What a host may offer to be told of warnings; Node, Deno and Bun do. */
interface WarningHost {
  readonly process?: {
    readonly emitWarning?: (message: string, options: { readonly type: string; readonly code: string }) => void;
  };
}

/** Tells of something that is allowed but hardly meant: by `process.emitWarning` where there is one, else on the console. */
export function warn(code: string, message: string): void {
  const { process } = globalThis as WarningHost;
  // oxlint-disable-next-line no-console -- where the host has nothing better
  if (process?.emitWarning === undefined) console.warn(`AthanorWarning: ${message} (${code})`);
  else process.emitWarning(message, { type: "AthanorWarning", code });
}
