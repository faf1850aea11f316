import { expectTypeOf } from "vitest";
import {
  createAsyncEngine,
  createEngine,
  inspect,
  type Inspector,
  MetaData,
  type ObjectInspection,
  type ReflectedColumn,
} from "../../src/index.ts";

const engine = createEngine("sqlite:///:memory:");
const asyncEngine = createAsyncEngine("sqlite:///:memory:");
const metadata = new MetaData();

expectTypeOf(inspect(engine)).toEqualTypeOf<Inspector<"sync">>();
expectTypeOf(inspect(engine.connect())).toEqualTypeOf<Inspector<"sync">>();
expectTypeOf(inspect(asyncEngine)).toEqualTypeOf<Inspector<"async">>();
expectTypeOf(inspect(engine).getColumns("t")).toEqualTypeOf<readonly ReflectedColumn[]>();
expectTypeOf(inspect(asyncEngine).getColumns("t")).toEqualTypeOf<Promise<readonly ReflectedColumn[]>>();
expectTypeOf(inspect(new Date())).toEqualTypeOf<ObjectInspection>();
expectTypeOf(metadata.reflect(engine)).toEqualTypeOf<void>();
expectTypeOf(metadata.reflect(asyncEngine, { only: ["t"], views: true })).toEqualTypeOf<Promise<void>>();
// @ts-expect-error an option that does not exist
metadata.reflect(engine, { tables: [] });
