// A record has no column of that name.
import { select, Session } from "athanor";
import { engine, Post } from "./models.ts";

const row = new Session(engine).execute(select(Post.c.id, Post.c.title)).mappings().one();
console.log(row.titel);
