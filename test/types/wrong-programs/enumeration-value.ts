// A value is not in the list.
import { Post } from "./models.ts";

new Post({ title: "On furnaces", status: "published" });
