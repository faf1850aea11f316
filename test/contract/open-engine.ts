import type { EngineOptions, Url } from "../../src/engine/index.ts";
import { type AsyncEngine, createAsyncEngine } from "../../src/facade/async-engine.ts";
import { createEngine } from "../../src/facade/engine.ts";
import type { Target } from "../targets/index.ts";

const opened: AsyncEngine[] = [];

/** Opens an engine on an empty database in the target's mode; one body serves both, as awaiting a value is harmless. */
export async function openEngine(target: Target, options: EngineOptions = {}): Promise<AsyncEngine> {
  return openEngineAt(await target.url(), target, options);
}

export function openEngineAt(url: string | Url, target: Target, options: EngineOptions = {}): AsyncEngine {
  const engine = target.mode === "sync" ? createEngine(url, options) : createAsyncEngine(url, options);
  opened.push(engine as AsyncEngine);
  return engine as AsyncEngine;
}

/** Disposes what was opened; `test/close-engines.ts` calls it after each test. */
export async function disposeOpened(): Promise<void> {
  for (const engine of opened.splice(0)) await engine.dispose();
}
