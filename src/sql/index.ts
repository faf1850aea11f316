export { Bundle, bundle, type BundleItem } from "./bundle.ts";
export { type StructuralKey, structuralKey } from "./cache-key.ts";
export {
  type ColumnInput,
  Delete,
  deleteFrom,
  findColumn,
  Insert,
  insert,
  Update,
  update,
  valueNode,
} from "./change.ts";
export {
  AdHocTable,
  alias,
  bindparam,
  CaseBuilder,
  caseWhen,
  cast,
  column,
  ColumnName,
  literal,
  literalColumn,
  nullValue,
  table,
  TableAlias,
  tuple,
  typeCoerce,
} from "./constructs.ts";
export {
  and,
  Expression,
  type InOperand,
  junction,
  Label,
  not,
  type OperandOf,
  or,
  Ordering,
  SqlExpression,
  type WindowOptions,
} from "./expression.ts";
export { describeValue, describeWithin, isClass } from "./describe-value.ts";
export {
  Cte,
  columnRecord,
  flatColumns,
  fromNode,
  labelOf,
  leadingSelect,
  nameableColumns,
  QueryColumn,
  type QueryColumns,
  queryColumns,
  bareRecord,
  refuseUnknown,
  resultNodes,
  Subquery,
  widthOf,
} from "./from-clause.ts";
export { func, FunctionExpression, type Functions } from "./functions.ts";
export { constants, literalNode, operandNode } from "./literal.ts";
export * from "./nodes/index.ts";
export * from "./operators.ts";
export { rowsOf, withRows } from "./own-rows.ts";
export * from "./protocol.ts";
export { CompoundSelect, except, type ExecutionOptions, intersect, Query, union, unionAll } from "./query.ts";
export {
  exists,
  type ForUpdateOptions,
  type JoinOptions,
  type JoinTarget,
  Select,
  select,
  selectedNodes,
} from "./select.ts";
export { selectNode } from "./select-node.ts";
export { Text, text } from "./text.ts";
export type {
  BundleMembers,
  BundleOf,
  ElementLabels,
  EntityAlias,
  EntityClass,
  Labels,
  LabelsOf,
  RecordOf,
  ResultOf,
  RowOf,
  Selectable,
} from "./typing/row.ts";
export { eachChild, replaceNodes } from "./walk.ts";
