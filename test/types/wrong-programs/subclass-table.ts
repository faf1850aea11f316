// A subclass is given a table of its own.
import { integer } from "athanor";
import { Employee } from "./models.ts";

Employee.mapped("managers", { budget: integer() });
