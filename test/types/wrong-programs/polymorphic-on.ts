// The discriminator names no attribute.
import { declarativeBase, integer } from "athanor";

declarativeBase().mapped("animals", { id: integer().primaryKey() }, { polymorphicOn: "kind" });
