// The rows of a naked session's answer are asked for before it was awaited.
import { createAsyncEngine, select } from "athanor";
import { AsyncSessionFactory } from "athanor/naked";
import { User } from "./models.ts";

const session = await new AsyncSessionFactory(createAsyncEngine("sqlite://")).begin();
console.log(session.scalars(select(User)).all());
