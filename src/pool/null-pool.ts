import { TimeoutError } from "../errors/index.ts";
import { PoolBase } from "./pool-base.ts";
import { PoolEntry } from "./pool-entry.ts";
import type { Poolable } from "./poolable.ts";

/** Keeps nothing: opens a connection for each user and closes it afterwards. */
export class NullPool<C extends Poolable> extends PoolBase<C> {
  size(): number {
    return 0;
  }

  checkedIn(): number {
    return 0;
  }

  overflow(): number {
    return this.checkedOut();
  }

  status(): string {
    return `NullPool  Current Checked out connections: ${this.checkedOut()}`;
  }

  protected acquire(_mayWait: boolean): PoolEntry<C> {
    return new PoolEntry<C>();
  }

  protected exhausted(): TimeoutError {
    return new TimeoutError("A NullPool has no limit.");
  }

  protected keep(_entry: PoolEntry<C>): boolean {
    return false;
  }

  protected forfeit(_entry: PoolEntry<C>): void {}

  protected drain(): readonly PoolEntry<C>[] {
    return [];
  }
}
