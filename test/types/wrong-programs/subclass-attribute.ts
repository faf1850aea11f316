// An attribute of a subclass is asked of the base.
import { Employee } from "./models.ts";

Employee.c.budget;
