// A decimal is given as a number.
import { Post } from "./models.ts";

new Post({ title: "On furnaces", price: 9.99 });
