import { declarativeBase, many, maybe, one } from "../../../src/orm/index.ts";
import { integer, string } from "../../../src/schema/index.ts";

/** A company: people of several classes in one table, two levels deep, and what they have to do with others. */
export const Base = declarativeBase();

export class Department extends Base.mapped("department", {
  id: integer().primaryKey(),
  name: string(20),
  get employees() {
    return many(Employee, { backPopulates: "department", orderBy: Employee.c.id });
  },
  get managers() {
    return many(Manager, { viewonly: true, orderBy: Manager.c.id });
  },
}) {}

export class Employee extends Base.mapped(
  "employee",
  {
    id: integer().primaryKey(),
    kind: string(20),
    name: string(50),
    get departmentId() {
      return integer().nullable().references(Department.c.id);
    },
    get department() {
      return maybe(Department, { backPopulates: "employees" });
    },
  },
  { polymorphicOn: "kind", polymorphicIdentity: "employee" },
) {
  static get subclasses() {
    return [Manager, Engineer];
  }
  greet(): string {
    return `I am ${this.name}`;
  }
}

export class Manager extends Employee.mapped(
  {
    budget: integer(),
    get cars() {
      return many(Car, { backPopulates: "manager", orderBy: Car.c.id, cascade: "all, delete-orphan" });
    },
  },
  { polymorphicIdentity: "manager" },
) {
  static get subclasses() {
    return [Director];
  }
  override greet(): string {
    return `${super.greet()}, your manager`;
  }
}

export class Director extends Manager.mapped({ title: string(20).nullable() }, { polymorphicIdentity: "director" }) {}

export class Engineer extends Employee.mapped(
  { language: string(20).nullable(), skills: integer().default(1) },
  { polymorphicIdentity: "engineer" },
) {}

export class Car extends Base.mapped("car", {
  id: integer().primaryKey(),
  plate: string(10),
  get managerId() {
    return integer().references(Employee.c.id);
  },
  get manager() {
    return one(Manager, { backPopulates: "cars" });
  },
}) {}
