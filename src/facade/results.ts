import type { MappingResultBase, ResultBase, ScalarResultBase } from "../engine/index.ts";
import type { Labels } from "../sql/index.ts";

type Row = readonly unknown[];

/** Rows that can be read at once: what `execute` answers in both colours. */
export type Result<R extends Row = Row, L = Labels> = ResultBase<"sync", R, L>;
/** One column of such rows. */
export type ScalarResult<T> = ScalarResultBase<"sync", T>;
/** Such rows as records. */
export type MappingResult<T = Labels> = MappingResultBase<"sync", T>;
/** Rows that are fetched while they are read: what `stream` answers in async mode. */
export type AsyncResult<R extends Row = Row, L = Labels> = ResultBase<"async", R, L>;
/** One column of such rows. */
export type AsyncScalarResult<T> = ScalarResultBase<"async", T>;
/** Such rows as records. */
export type AsyncMappingResult<T = Labels> = MappingResultBase<"async", T>;
