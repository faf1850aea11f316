// Two relationships lead to each other, and neither is a getter.
import { integer, many, one } from "athanor";
import { Base } from "./models.ts";

class Shelf extends Base.mapped("shelves", {
  id: integer().primaryKey(),
  books: many(Book),
}) {}
class Book extends Base.mapped("books", {
  id: integer().primaryKey(),
  shelf: one(Shelf),
}) {}
