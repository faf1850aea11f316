import { type MaybePromise, isPromiseLike } from "../flow/index.ts";
import type { AnyEngine, AnySession } from "./any-session.ts";
import type { LeakListener } from "./leak-listener.ts";
import { watchConnections } from "./watch-connections.ts";

/** How engines and session factories are made. */
export interface EngineRecipe<S extends AnySession, F extends () => S, E extends AnyEngine> {
  /** Makes the engine of a host. */
  readonly engineCreator: (host: string) => MaybePromise<E>;
  /** Makes the factory of its sessions. */
  readonly sessionMakerCreator: (engine: E) => MaybePromise<F & (() => S)>;
}

/** An engine and the factory of its sessions. */
export interface Made<F, E> {
  readonly engine: E;
  readonly maker: F;
}

/** The engine of one host: made when first asked for, and once, also by callers that ask at the same time. */
export class HostEngine<S extends AnySession, F extends () => S, E extends AnyEngine> {
  readonly host: string;
  readonly #recipe: EngineRecipe<S, F, E>;
  #made: MaybePromise<Made<F, E>> | null = null;
  #isRetired = false;

  readonly #onLeak: LeakListener;

  constructor(host: string, recipe: EngineRecipe<S, F, E>, onLeak: LeakListener) {
    this.host = host;
    this.#onLeak = onLeak;
    this.#recipe = recipe;
  }

  /** Answers at once when it is made; a failed attempt is forgotten, so that the next caller tries again. */
  made(): MaybePromise<Made<F, E>> {
    return this.#made ?? this.#begin();
  }

  #begin(): Promise<Made<F, E>> {
    const making = this.#make();
    this.#made = making;
    making.then(
      (made) => (this.#made = made),
      () => (this.#made = null),
    );
    return making;
  }

  async #make(): Promise<Made<F, E>> {
    const engine = await this.#recipe.engineCreator(this.host);
    const maker: F = await this.#recipe.sessionMakerCreator(engine);
    watchConnections(engine, this.#onLeak);
    // retired while it was made
    if (this.#isRetired) keepNoConnections(engine);
    return { engine, maker };
  }

  /**
   * Disposes of the engine. Sessions that have it keep it until they end, and each connection they use is closed when it
   * comes back.
   */
  async retire(): Promise<void> {
    if (this.#made === null) return;
    this.#isRetired = true;
    if (isPromiseLike(this.#made)) return;
    const { engine } = this.#made;
    keepNoConnections(engine);
    await engine.dispose();
  }
}

/** Makes every connection that is opened from now on be closed when it comes back: nobody disposes of the pool again. */
function keepNoConnections({ pool }: AnyEngine): void {
  pool.listen({ connect: () => pool.invalidateAll() });
}
