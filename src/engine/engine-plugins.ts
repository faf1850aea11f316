import { ArgumentError } from "../errors/index.ts";
import type { Mode } from "../flow/index.ts";
import type { EngineBase } from "./engine-base.ts";
import { type EngineOptions, engineOptionRules, type EnginePlugin } from "./engine-options.ts";
import { checkOptionValues } from "./option-rules.ts";
import { makeUrl, Url } from "./url.ts";

/** What plugins have made of an engine's URL and options, and who is to be told of the engine. */
export interface PluggedIn {
  readonly url: string | Url;
  readonly options: EngineOptions;
  readonly plugins: readonly EnginePlugin[];
}

/** @throws ArgumentError for something else than plugins, or a plugin that answers something else than it has to. */
export function plugIn(url: string | Url, options: EngineOptions, what: string): PluggedIn {
  const { plugins: given, ...own } = options;
  if (given === undefined) return { url, options, plugins: [] };
  checkOptionValues({ plugins: given }, engineOptionRules, what);
  const plugins = [given].flat().map((plugin) => (typeof plugin === "function" ? { engineCreated: plugin } : plugin));
  let used: PluggedIn = { url: makeUrl(url), options: own, plugins };
  for (const plugin of plugins) used = { ...used, ...changedBy(plugin, used) };
  return used;
}

function changedBy(plugin: EnginePlugin, before: PluggedIn): Pick<PluggedIn, "url" | "options"> {
  const url = plugin.updateUrl?.(makeUrl(before.url)) ?? before.url;
  if (!(url instanceof Url)) throw wrongAnswer("updateUrl", "a Url, as makeUrl() makes it");
  const options = plugin.handleOptions?.(before.options, url) ?? before.options;
  if (typeof options !== "object") throw wrongAnswer("handleOptions", "an engine's options");
  return { url, options };
}

function wrongAnswer(hook: string, expected: string): ArgumentError {
  return new ArgumentError(`The ${hook}() of an engine's plugin has to answer ${expected}, or nothing.`);
}

/** Tells plugins of an engine they took part in. */
export function tellPlugins<M extends Mode>(plugins: readonly EnginePlugin[], engine: EngineBase<M>): void {
  for (const plugin of plugins) plugin.engineCreated?.(engine as never);
}
