import { defineColumn } from "../state/attributes.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import type { FlushHost } from "./flush-host.ts";
import { keyPath } from "./key-sync.ts";

/** A key changed: loaded objects that refer to it are given it, as the database's ON UPDATE CASCADE does to their rows. */
export function followKey(host: FlushHost, state: InstanceState): void {
  for (const property of state.mapper.relationships) {
    const slot = state.slots?.[property.index];
    if (property.direction !== "one-to-many" || slot === undefined || !slot.loaded) continue;
    const { columns } = keyPath(property);
    for (const member of Array.isArray(slot.committed) ? slot.committed : [slot.committed]) {
      const other = stateOf(member);
      if (other === undefined || other.row === null) continue;
      host.journal.note(other, "updated");
      for (const { from, to } of columns) {
        const value = state.value(from.key);
        defineColumn(other.object, to.key, value);
        other.row[to.index] = value === null ? null : to.tracker.snapshot(value);
      }
    }
  }
}
