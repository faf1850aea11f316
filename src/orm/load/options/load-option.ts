import { ArgumentError } from "../../../errors/index.ts";
import type { Column } from "../../../schema/index.ts";
import type { ExpressionNode, FromNode, QueryColumn, StatementOption } from "../../../sql/index.ts";
import type { EntityMapper } from "../../mapping/entity-mapper.ts";
import type { RelationshipAttribute } from "../../mapping/relationship-attribute.ts";
import {
  columnStep,
  type DeferOptions,
  type JoinedOptions,
  type LoadStrategy,
  type Path,
  type RaiseOptions,
  type RelationStep,
  relationStep,
  type SelectinOptions,
  selectinDetails,
  type Step,
  stepKey,
  stepNodes,
} from "./load-step.ts";

/** A column of a mapped class or of an alias. */
export type LoadableColumn = Column | QueryColumn;

/** All relationships that no other option names. */
export type AnyRelationship = RelationshipAttribute | "*";

/** How objects and what they are related to are loaded; chained for relationships of the related objects. */
export class LoadOption implements StatementOption {
  readonly key: string;
  readonly nodes: readonly (ExpressionNode | FromNode)[];
  readonly paths: readonly Path[];
  /** The relationships to the class that the next of the chain belongs to. */
  readonly #at: readonly RelationStep[];

  constructor(paths: readonly Path[], at: readonly RelationStep[] = []) {
    this.paths = paths;
    this.#at = at;
    this.key = `|${JSON.stringify(paths.map((path) => path.map(stepKey)))}`;
    this.nodes = paths.flatMap((path) => path.flatMap(stepNodes));
  }

  /** See the function of the same name. */
  selectinload(attribute: AnyRelationship, options: SelectinOptions = {}): LoadOption {
    return this.#then(relationStep(attribute, "selectin", this.#class, selectinDetails(options)));
  }
  /** See the function of the same name. */
  joinedload(attribute: AnyRelationship, options: JoinedOptions = {}): LoadOption {
    return this.#then(relationStep(attribute, "joined", this.#class, options));
  }
  /** See the function of the same name. */
  subqueryload(attribute: AnyRelationship): LoadOption {
    return this.#relation(attribute, "subquery");
  }
  /** See the function of the same name. */
  lazyload(attribute: AnyRelationship): LoadOption {
    return this.#relation(attribute, "select");
  }
  /** See the function of the same name. */
  immediateload(attribute: AnyRelationship): LoadOption {
    return this.#relation(attribute, "immediate");
  }
  /** See the function of the same name. */
  raiseload(attribute: AnyRelationship, { sqlOnly = false }: RaiseOptions = {}): LoadOption {
    return this.#relation(attribute, sqlOnly ? "raiseOnSql" : "raise");
  }
  /** See the function of the same name. */
  noload(attribute: AnyRelationship): LoadOption {
    return this.#relation(attribute, "noload");
  }
  /** See the function of the same name. */
  defaultload(attribute: RelationshipAttribute): LoadOption {
    return this.#relation(attribute, "default");
  }
  /** See the function of the same name. */
  containsEager(attribute: RelationshipAttribute): LoadOption {
    return this.#relation(attribute, "contains");
  }
  /** See the function of the same name. */
  loadOnly(...columns: readonly (LoadableColumn | DeferOptions)[]): LoadOption {
    return this.#leaf(onlyStep(columns, this.#class));
  }
  /** See the function of the same name. */
  defer(column: LoadableColumn | "*", { raiseload: raises = false }: DeferOptions = {}): LoadOption {
    return this.#leaf(columnStep([column], "defer", raises, this.#class));
  }
  /** See the function of the same name. */
  undefer(column: LoadableColumn | "*"): LoadOption {
    return this.#leaf(columnStep([column], "undefer", false, this.#class));
  }
  /** See the function of the same name. */
  undeferGroup(group: string): LoadOption {
    return this.#leaf(groupStep(group, this.#class));
  }

  /** Several options for the related objects: `selectinload(User.c.posts).options(joinedload(Post.c.tags), defer(Post.c.text))`. */
  options(...options: readonly LoadOption[]): LoadOption {
    const below = options.flatMap((option) => {
      if (!(option instanceof LoadOption)) {
        throw new ArgumentError("options() of a loader option takes loader options such as joinedload(Post.c.tags).");
      }
      return option.paths.map((path) => this.#following(path));
    });
    return new LoadOption([...this.paths, ...below.map((path) => [...this.#at, ...path])], this.#at);
  }

  get #class(): EntityMapper | null {
    return this.#at.at(-1)?.property?.target ?? null;
  }

  #relation(attribute: AnyRelationship, strategy: LoadStrategy): LoadOption {
    return this.#then(relationStep(attribute, strategy, this.#class));
  }

  #then(step: RelationStep): LoadOption {
    const [next] = this.#following([step]);
    const at = [...this.#at, next as RelationStep];
    const isEnd = this.#at.length > 0 && this.paths.at(-1)?.length === this.#at.length;
    return new LoadOption([...(isEnd ? this.paths.slice(0, -1) : this.paths), at], at);
  }

  #leaf(step: Step): LoadOption {
    return new LoadOption([...this.paths, [...this.#at, ...this.#following([step])]], this.#at);
  }

  /** @throws ArgumentError where a path does not begin at the class that this one leads to. */
  #following(path: Path): Path {
    const [first, ...rest] = path;
    const last = this.#at.at(-1);
    if (first === undefined || last === undefined) return path;
    if (last.property === null) {
      throw new ArgumentError('Nothing can follow "*" in a loader option: it leads to several classes.');
    }
    const { target } = last.property;
    if (first.parent === null) return [{ ...first, parent: target }, ...rest];
    if (first.parent.isA(target) || target.isA(first.parent)) return path;
    throw new ArgumentError(`${stepName(first)} does not follow ${last.property.name}, which leads to ${target.name}.`);
  }
}

function stepName(step: Step): string {
  if (step.kind === "relation") return step.property?.name ?? "*";
  return `${step.parent?.name}.${step.columns?.[0]?.key ?? "*"}`;
}

function onlyStep(given: readonly (LoadableColumn | DeferOptions)[], parent: EntityMapper | null): Step {
  const last = given.at(-1);
  const options = last !== undefined && !("toNode" in last) ? last : {};
  const columns = given.filter((column) => column !== options);
  return columnStep(columns, "only", options.raiseload ?? false, parent);
}

function groupStep(group: string, parent: EntityMapper | null): Step {
  return { kind: "columns", parent, change: "undefer", columns: null, group, raises: false };
}

const start = new LoadOption([]);

/** Loads related objects by one more statement for all parents: `select(User).options(selectinload(User.c.posts))`. */
export function selectinload(attribute: AnyRelationship, options: SelectinOptions = {}): LoadOption {
  return start.selectinload(attribute, options);
}

/** Loads related objects in the same statement, by an outer join. */
export function joinedload(attribute: AnyRelationship, options: JoinedOptions = {}): LoadOption {
  return start.joinedload(attribute, options);
}

/** Loads related objects by one more statement, in which the query stands again as a subquery. */
export function subqueryload(attribute: AnyRelationship): LoadOption {
  return start.subqueryload(attribute);
}

/** Loads related objects when they are first read. */
export function lazyload(attribute: AnyRelationship): LoadOption {
  return start.lazyload(attribute);
}

/** Loads related objects at once, by a statement for each parent; objects that the session has need none. */
export function immediateload(attribute: AnyRelationship): LoadOption {
  return start.immediateload(attribute);
}

/** Throws NotLoadedError when related objects that are not loaded are read. `"*"`: those of all relationships. */
export function raiseload(attribute: AnyRelationship, options: RaiseOptions = {}): LoadOption {
  return start.raiseload(attribute, options);
}

/** Leaves the relationship empty, whatever the database has. */
export function noload(attribute: AnyRelationship): LoadOption {
  return start.noload(attribute);
}

/** Leaves it to the mapping how related objects are loaded, to say something of them: `defaultload(User.c.posts).defer(…)`. */
export function defaultload(attribute: RelationshipAttribute): LoadOption {
  return start.defaultload(attribute);
}

/** Fills a relationship from the query's own joins; an alias: `containsEager(User.c.posts.ofType(alias))`. */
export function containsEager(attribute: RelationshipAttribute): LoadOption {
  return start.containsEager(attribute);
}

/** Loads these columns (and the primary key) only; `{ raiseload: true }` at the end: reading others throws. */
export function loadOnly(...columns: readonly (LoadableColumn | DeferOptions)[]): LoadOption {
  return start.loadOnly(...columns);
}

/** Leaves a column out until it is first read. */
export function defer(column: LoadableColumn | "*", options: DeferOptions = {}): LoadOption {
  return start.defer(column, options);
}

/** Loads a column that the mapping leaves out. */
export function undefer(column: LoadableColumn | "*"): LoadOption {
  return start.undefer(column);
}

/** Loads the columns of a group, `.deferred("details")`, that the mapping leaves out. */
export function undeferGroup(group: string): LoadOption {
  return start.undeferGroup(group);
}
