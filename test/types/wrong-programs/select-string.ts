// A column is named by a string.
import { select } from "athanor";

select("id");
