// Columns of two types are compared.
import { Post, User } from "./models.ts";

Post.c.authorId.eq(User.c.name);
