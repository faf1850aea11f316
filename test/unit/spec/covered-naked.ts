// Where each line of A2, the naked sessions, is tried.
import type { Case } from "./covered.ts";

const session = "contract/naked/session.test.ts";
const results = "contract/naked/results.test.ts";
const promotion = "contract/naked/promotion.test.ts";
const views = "contract/naked/views.test.ts";
const bundles = "contract/bundles.test.ts";
const oneTree: Case = [session, "raise errors of one tree, whose root is that of the library (A2-30)"];
const ends: Case = [session, "begin one transaction each, which ends as the factory and the program say"];
const kinds = "contract/naked/kinds.test.ts";
const statements = "contract/naked/statements.test.ts";
// of each kind of statement: that it alone is sent, and its rows by every method
const everyKind: Case = [statements, "a class"];
const factory: Case = [session, "are made by a factory of the engine's own mode"];
const begins: Case = [session, "begin in a connection of their own, and commit when the function returns"];
const ended: Case = [session, "are closed by commit() and rollback(), once and for all"];
const byHand: Case = [session, "with autoCommit: false keep only what was committed by hand"];
const selected: Case = [results, "hold what is selected: objects, columns, labels, and several of each"];
const created: Case = [views, "are created after what they read, dropped before it, and left alone where they are"];

export const coveredNaked: Readonly<Record<string, readonly Case[]>> = {
  "A2-01": [factory, begins],
  "A2-02": [factory],
  "A2-03": [begins, ends],
  "A2-04": [
    begins,
    ends,
    [session, "roll back when the function throws, and rethrow what it threw"],
    [session, "hide no error behind that of a rollback which fails"],
  ],
  "A2-05": [byHand, ends],
  "A2-06": [[session, "have these members and no others"]],
  "A2-07": [ended],
  "A2-08": [ended],
  "A2-09": [
    ended,
    [session, "end with their streams: what is fetched already is there, and nothing more"],
    [session, "that were committed may be left; nothing is rolled back behind their backs"],
  ],
  "A2-10": [
    [results, "take parameters by name, or a list of them"],
    [statements, "with a list of parameters are sent in few, and give rows for all where they return any"],
  ],
  "A2-11": [selected, everyKind],
  "A2-12": [selected, everyKind],
  "A2-13": [
    [results, "hold a plain object of the class for each row, made without its constructor"],
    [results, "are made without the class's own code: no fields, validators or listeners run"],
  ],
  "A2-14": [[results, "hold distinct objects, also for one row read twice and for equal rows"]],
  "A2-15": [[results, "belong to no session: changing an object changes nothing, and nothing is known of it"]],
  "A2-16": [
    everyKind,
    [results, "come without relationships: reading one says what to do"],
    [session, "send the statements they are given and no others"],
  ],
  "A2-17": [
    selected,
    [results, "are read through aliases, subqueries and CTEs"],
    [bundles, "are plain objects of their columns, the same in every kind of session"],
    [bundles, "stand beside columns, labels and one another, and in one another"],
    [bundles, "stand beside objects of mapped classes"],
    oneTree,
  ],
  "A2-18": [
    [results, "of UPDATE and DELETE … RETURNING hold what the database has"],
    [statements, "UPDATE … RETURNING"],
    [statements, "DELETE … RETURNING"],
  ],
  "A2-19": [[results, "of INSERT … RETURNING hold objects; flat: true gives plain columns"]],
  "A2-20": [
    [results, "of other changes are none: there is a count"],
    [statements, "that give no rows give a count, and say so to who asks for rows"],
  ],
  "A2-21": [
    [results, "of an upsert hold what the database has in the end"],
    [statements, "of upserts give what the database has in the end, one by one and as a list"],
    [results, "take parameters by name, or a list of them"],
  ],
  "A2-22": [
    [results, "are streamed, a few at a time"],
    [statements, "come in pieces of the size that an execution says, also when all rows are there"],
  ],
  "A2-23": [[results, "are read from tables without a primary key, duplicates and all"]],
  "A2-24": [[promotion, "changed by UPDATE … IN (a window) RETURNING are as the database has them (A2-24)"]],
  "A2-25": [
    [results, "are inserted from objects"],
    [kinds, "that an object was not given are left to defaults, in the order of the class"],
    [kinds, "are keys of every kind, and columns that the database computes"],
  ],
  "A2-26": [created, [views, "replace, look first and are materialised where the database has it"]],
  "A2-27": [[views, "have classes mapped to them, which take their attributes from the query"]],
  "A2-28": [[views, "hold values as they were written, whatever is in them"]],
  "A2-29": [created, [views, "are dropped with what depends on them where the database minds"]],
  // InvalidSessionState and UnknownEntity have the places in the library's one tree where tracked code looks for them.
  "A2-30": [oneTree],
  "A2-31": [[session, "raise the events of engine and connection, and keep their execution options"]],
};

export const leftOutNaked: Readonly<Record<string, string>> = {
  "A2-32":
    'a figure, not a case: the contest "rows-10k" of bench/workloads.ts has naked and tracked sessions read the same rows, ' +
    "and docs/performance.md the ratios",
};
