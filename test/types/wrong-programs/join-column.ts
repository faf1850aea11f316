// A join leads to a column.
import { select } from "athanor";
import { Post, User } from "./models.ts";

select(User).join(Post.c.authorId);
