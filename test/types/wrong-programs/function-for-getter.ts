// A function stands where a getter is needed.
import { integer, many, one } from "athanor";
import { Base } from "./models.ts";

class Shelf extends Base.mapped("shelves", {
  id: integer().primaryKey(),
  books: many(() => Book),
}) {}
class Book extends Base.mapped("books", {
  id: integer().primaryKey(),
  shelf: one(() => Shelf),
}) {}
new Shelf({}).books[0]?.id;
