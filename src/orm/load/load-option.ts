import { ArgumentError } from "../../errors/index.ts";
import type { StatementOption } from "../../sql/index.ts";
import type { EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { RelationshipAttribute } from "../mapping/relationship-attribute.ts";
import type { LazyStrategy } from "../mapping/relationship.ts";

interface LoadStep {
  readonly property: RelationshipProperty;
  readonly strategy: LazyStrategy;
}

/** How related objects are loaded by one statement; chained for relationships of the related objects. */
export class LoadOption implements StatementOption {
  readonly key: string;
  readonly steps: readonly LoadStep[];

  constructor(steps: readonly LoadStep[]) {
    this.steps = steps;
    this.key = `|${steps.map((step) => `${step.strategy}:${step.property.parent.id}.${JSON.stringify(step.property.key)}`).join("/")}`;
  }

  /** See the function of the same name. */
  selectinload(attribute: RelationshipAttribute): LoadOption {
    return this.#then(attribute, "selectin");
  }
  /** See the function of the same name. */
  joinedload(attribute: RelationshipAttribute): LoadOption {
    return this.#then(attribute, "joined");
  }
  /** See the function of the same name. */
  lazyload(attribute: RelationshipAttribute): LoadOption {
    return this.#then(attribute, "select");
  }

  #then(attribute: RelationshipAttribute, strategy: LazyStrategy): LoadOption {
    const step = loadStep(attribute, strategy);
    const last = this.steps.at(-1);
    if (last !== undefined && step.property.parent !== last.property.target) {
      throw new ArgumentError(
        `${step.property.name} does not follow ${last.property.name}, which leads to ${last.property.target.name}.`,
      );
    }
    return new LoadOption([...this.steps, step]);
  }
}

function loadStep(attribute: RelationshipAttribute, strategy: LazyStrategy): LoadStep {
  if (attribute instanceof RelationshipAttribute) return { property: attribute.property, strategy };
  throw new ArgumentError("A loader option takes a relationship such as User.c.posts.");
}

/** Loads related objects by one more statement for all parents: `select(User).options(selectinload(User.c.posts))`. */
export function selectinload(attribute: RelationshipAttribute): LoadOption {
  return new LoadOption([loadStep(attribute, "selectin")]);
}

/** Loads related objects in the same statement, by an outer join. */
export function joinedload(attribute: RelationshipAttribute): LoadOption {
  return new LoadOption([loadStep(attribute, "joined")]);
}

/** Loads related objects when they are first read. */
export function lazyload(attribute: RelationshipAttribute): LoadOption {
  return new LoadOption([loadStep(attribute, "select")]);
}

/** What to load of one class's relationships, and of theirs. */
export interface LoadNode {
  readonly property: RelationshipProperty;
  readonly strategy: LazyStrategy;
  readonly children: readonly LoadNode[];
  /** The options below this relationship, for statements that load it. */
  readonly options: readonly LoadOption[];
}

/** The eager relationships of a class under these options, which go before what the mapping says. */
export function loadNodes(mapper: EntityMapper, options: readonly StatementOption[], depth = 0): readonly LoadNode[] {
  const own = options.filter(
    (option): option is LoadOption => option instanceof LoadOption && option.steps[0]?.property.parent === mapper,
  );
  return mapper.relationships.flatMap((property) => {
    const concerning = own.filter((option) => option.steps[0]?.property === property);
    const strategy = concerning.at(-1)?.steps[0]?.strategy ?? (depth < MAPPED_DEPTH ? property.lazy : "select");
    if (strategy === "select" || strategy === "raise") return [];
    const below = concerning.flatMap((option) =>
      option.steps.length > 1 ? [new LoadOption(option.steps.slice(1))] : [],
    );
    const children = loadNodes(property.target, below, below.length > 0 ? 0 : depth + 1);
    return [{ property, strategy, children, options: below }];
  });
}

// classes whose mappings load each other eagerly would go on for ever
const MAPPED_DEPTH = 3;
