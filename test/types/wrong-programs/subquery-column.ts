// A subquery has no column of that name.
import { func, select } from "athanor";
import { Post } from "./models.ts";

const counts = select(Post.c.authorId, func.count().as("total")).subquery();
select(counts.c.count);
