export { allowsCodeGeneration, compileFunction } from "./emit.ts";
export { bundleReader, type ElementReader, elementReaders } from "./bundle-reader.ts";
export { type EntityColumn, type EntityPlan, type EntityReader, entityReader } from "./entity-reader.ts";
export { type NakedElement, type NakedObject, nakedReader, type NakedValue } from "./naked-reader.ts";
export { type ComparedColumn, type RowComparator, rowComparator } from "./row-comparator.ts";
export { type RowReader, rowReader } from "./row-reader.ts";
export { type ChangeMask, changeMask, MASK_COLUMNS } from "./change-mask.ts";
export { type RecordDefiner, recordDefiner, type RowDefiner, rowDefiner } from "./record-definer.ts";
export { type ValuesReader, valuesReader } from "./values-reader.ts";
