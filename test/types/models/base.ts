import { declarativeBase } from "athanor";

export const Base = declarativeBase();
