// Classes that share a table: what their objects have, what `new` takes, and their attributes for queries.
import {
  aliased,
  type AsyncSession,
  type Column,
  declarativeBase,
  integer,
  many,
  one,
  type RelationshipAttribute,
  select,
  type Session,
  string,
} from "athanor";
import { typeOf } from "./type-of.ts";

const Base = declarativeBase();

class Employee extends Base.mapped(
  "employees",
  {
    id: integer().primaryKey(),
    kind: string(20),
    name: string(50),
    get cars() {
      return many(Car, { backPopulates: "owner" });
    },
  },
  { polymorphicOn: "kind", polymorphicIdentity: "employee" },
) {
  static get subclasses() {
    return [Manager, Engineer];
  }
  greet(): string {
    return this.name;
  }
}

class Manager extends Employee.mapped(
  {
    budget: integer(),
    get reports() {
      return many(Engineer, { backPopulates: "boss" });
    },
  },
  { polymorphicIdentity: "manager" },
) {
  override greet(): string {
    return `${super.greet()} ${this.budget}`;
  }
}

class Director extends Manager.mapped({ title: string(20).nullable() }, { polymorphicIdentity: "director" }) {}

class Engineer extends Employee.mapped(
  {
    language: string(20).default("TS"),
    get bossId() {
      return integer().nullable().references(Employee.c.id);
    },
    get boss() {
      return one(Manager, { backPopulates: "reports" });
    },
  },
  { polymorphicIdentity: "engineer" },
) {}

class Car extends Base.mapped("cars", {
  id: integer().primaryKey(),
  get ownerId() {
    return integer().references(Employee.c.id);
  },
  get owner() {
    return one(Employee, { backPopulates: "cars" });
  },
}) {}

declare const session: Session;
declare const asyncSession: AsyncSession;
declare const director: Director;

// objects have what all classes above have
typeOf(director.id).is<number>();
typeOf(director.budget).is<number>();
typeOf(director.title).is<string | null>();
typeOf(director.reports).is<Engineer[]>();
typeOf(director.cars.map((car) => car.owner.greet())).is<string[]>();
const employee: Employee = director;
void employee;

// attributes for queries
typeOf(Director.c.name).is<Column<string, "name">>();
typeOf(Director.c.title).is<Column<string | null, "title">>();
typeOf(Manager.c.reports).is<RelationshipAttribute<typeof Engineer, true>>();
typeOf(aliased(Manager).c.name).is<Column<string, "name">>();

// `new` takes the columns of all, and makes the discriminator itself
typeOf<ConstructorParameters<typeof Director>[0]["budget"]>(1).is<number>();
new Director({ name: "x", budget: 1 });
new Engineer({ name: "x", cars: [], boss: new Manager({ name: "y", budget: 1 }) });
// @ts-expect-error -- the budget is missing
new Director({ name: "x" });
// @ts-expect-error -- an engineer has none
new Engineer({ name: "x", budget: 1 });
// @ts-expect-error -- of another type than the column
Base.mapped("x", { kind: integer() }, { polymorphicOn: "kind", polymorphicIdentity: "x" });

// keys and rows
typeOf(session.get(Manager, 1)).is<Manager | null>();
// @ts-expect-error -- the key is a number
session.get(Manager, "1");
typeOf(asyncSession.get(Director, { id: 1 })).is<Promise<Director | null>>();
typeOf(session.scalars(select(Manager)).all()).is<Manager[]>();
typeOf(session.execute(select(Manager.c.name, Director.c.budget)).all()).is<(readonly [string, number])[]>();
