import type { Flow } from "../../flow/index.ts";
import type { Executable, StatementNode } from "../../sql/index.ts";
import type { FlushHost } from "../flush/flush-host.ts";
import type { InstanceState } from "../state/instance-state.ts";

/** What executing statements needs of a session. */
export interface StatementHost extends FlushHost {
  /** Writes changes that a statement may have to see. */
  autoflushFlow(): Flow<void>;
  /** A statement changed rows of a table: loaded objects of it are read anew when asked for. */
  noteChanged(node: StatementNode): void;
  /** Tells of objects whose rows a statement deleted. */
  noteDeleted(states: Iterable<InstanceState>): void;
  /** Tells of an UPDATE or DELETE with a WHERE that was executed. */
  tellBulkFlow(kind: "update" | "delete", statement: Executable, rowcount: number): Flow<void>;
}
