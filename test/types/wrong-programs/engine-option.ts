// An option is written as in Python.
import { createEngine } from "athanor";

createEngine("sqlite://", { pool_size: 5 });
