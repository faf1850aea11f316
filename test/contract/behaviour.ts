// What the sessions of SQLAlchemy were seen to do, statement by statement, and the cases that show it here.
//
// docs/conformance.md is made of this table; behaviour.test.ts checks both.

/** One statement of how a unit of work behaves. */
export interface Behaviour {
  readonly says: string;
  /** File below test/contract (or `../unit/…`) and title: `session/states > takes no SQL once it is committed`. */
  readonly cases: readonly string[];
  /** What is otherwise here, and why. */
  readonly departure?: string;
  /** Why there is no such thing here yet; there are no cases then. */
  readonly absent?: string;
}

export interface BehaviourSection {
  /** Statements are numbered within it: B3.2. */
  readonly id: string;
  readonly title: string;
  readonly statements: readonly Behaviour[];
}

const says = (statement: string, ...cases: readonly string[]): Behaviour => ({ says: statement, cases });
const departs = (statement: string, departure: string, ...cases: readonly string[]): Behaviour => ({
  says: statement,
  cases,
  departure,
});

export const behaviour: readonly BehaviourSection[] = [
  {
    id: "B1",
    title: "States of objects",
    statements: [
      says(
        "A new object becomes pending by add(), addAll(), a cascade and merge(), and says so.",
        "session/transitions > transient to pending: add(), addAll(), a cascade, merge() of what has no row",
      ),
      says(
        "It becomes transient again by expunge(), close(), a rollback before the flush, or when it loses the only parent it is part of.",
        "session/transitions > pending to transient: expunge(), expungeAll(), close(), rollback(), the loss of the only parent",
        "session/transitions > what a flush had inserted when it failed was never told to be persistent: pending to transient",
      ),
      says(
        "A row becomes a persistent object when it is loaded, and a pending object by the flush.",
        "session/transitions > a row becomes persistent when it is read: by a query, get(), a relationship",
        "session/transitions > one object from add() to the commit of its deletion: each change once, in order",
      ),
      departs(
        "A rollback makes objects transient that its transaction or savepoint inserted; values stay, generated keys too.",
        "they return to what the program had made them: generated keys go",
        "session/transitions > persistent to transient: the rollback of the transaction or savepoint that inserted it",
        "session/session-life > reverts objects created, changed and deleted inside; the others keep their state",
        "session/session-life > restores attributes, collections, new and deleted objects",
      ),
      says(
        "A flush makes what is to be deleted deleted: it leaves the identity map and session.deleted; a rollback makes it persistent again.",
        "session/transitions > persistent to deleted, and back: rollback() of the transaction or savepoint that deleted it",
        "session/session-life > reverts objects created, changed and deleted inside; the others keep their state",
      ),
      says(
        "A deleted object is detached by the commit, or when it is taken out; then it stays deleted.",
        "session/transitions > deleted to detached: commit(), expunge(), close()",
        "session/history > wasDeleted() stays true after the commit, not after a rollback",
      ),
      says(
        "A persistent object is detached by expunge(), expungeAll(), close() and reset(); a detached one is persistent by add() and delete().",
        "session/transitions > persistent to detached: expunge(), expungeAll(), close(), reset(), invalidate()",
        "session/transitions > detached to persistent: add(), and delete(), which marks it too",
        "session/session-life > discards the connection on invalidate()",
      ),
      departs(
        "A detached object that is added again is trusted as it is.",
        "it is stale: what happened to its row meanwhile is not known",
        "session/transitions > an object that comes back to a session is stale",
      ),
      says(
        "Each time an object is linked to a session this is told before, when it can be refused, and after.",
        "session/transitions > one object from add() to the commit of its deletion: each change once, in order",
        "session/transitions > detached to persistent: add(), and delete(), which marks it too",
        "session/transitions > a listener that hears of it first can keep an object out",
      ),
      says(
        "Whatever a program does, the events of an object lead from each of its states to the next.",
        "session/transition-chains > are what their events told (seed ${seed})",
        "session/transitions > inserted and deleted in one transaction: its rollback takes back the one, then the other",
      ),
      says(
        "delete() marks: the object stays persistent and is listed in deleted until the flush.",
        "session/transitions > one object from add() to the commit of its deletion: each change once, in order",
      ),
      says(
        "Adding, flushing, deleting, flushing and committing tell of each transition, in one order.",
        "session/transitions > one object from add() to the commit of its deletion: each change once, in order",
        "session/session-life > tells of each transition in order",
      ),
      departs(
        "With expireOnCommit: false a deleted object stays deleted after the commit.",
        "it is detached by the outermost commit in any case: nothing can be done with its session any more",
        "session/session-life > detaches a deleted object after the commit also without expireOnCommit",
      ),
      says(
        "What does not fit an object's state is refused: deleting something new, adding what belongs to another session or has a twin, expunging a stranger, refreshing something new.",
        "session/session-life > refuses what does not fit an object's state",
        "orm/session > an object of another session, a deletion of something new and a stranger are refused",
      ),
      says(
        "delete() is undone by add() before the flush.",
        "session/session-life > undoes delete() by add() before the flush",
      ),
      says(
        "get() of a stale object whose row has gone answers null, and the object counts as deleted.",
        "session/reading-again > get() of an object whose row has gone answers null; the object is deleted, and a rollback brings it back",
      ),
      says(
        "makeTransient() forgets session, key, deletion and what was expired; values stay.",
        "session/transitions > makeTransient() forgets session, key, row, deletion and what was expired; a copy can be inserted",
        "session/transitions > makeTransient() is not taken back by the rollback of a transaction that wrote the object",
        "session/transitions > what is made transient and added again is new, whatever the transaction had done with it: told, and taken back",
        "session/session-life > makes objects transient, and transient ones detached",
      ),
      says(
        "makeTransientToDetached() takes a new object with a key for one with a row, whose other values are loaded when asked for.",
        "session/transitions > makeTransientToDetached() takes a new object with a key, and no other",
        "session/session-life > makes objects transient, and transient ones detached",
      ),
      says(
        "inspect() tells state, key, session, what is not loaded, and values with their history.",
        "session/history > inspect() tells values, what was loaded, and the key",
        "session/history > of what is not loaded are empty",
      ),
      says(
        "Objects that were expunged after they had been written stay outside after a rollback.",
        "session/expunge > that were inserted stay outside after a rollback, and can be added again",
        "session/expunge > that were updated or deleted stay outside, too; what was taken back counts as changed",
        "session/expunge > that another session has are left alone by a rollback, also of a savepoint",
        "session/expunge > that another session has are left alone when this one is closed, whatever it had written of them",
      ),
    ],
  },
  {
    id: "B2",
    title: "Identity map",
    statements: [
      says(
        "There is one object for each key; a row does not overwrite what is loaded, and fills in what is not.",
        "session/history > gives the object it has for a row, without overwriting what is loaded",
        "orm/loading > one object for each row; loaded attributes are not overwritten by another query",
      ),
      says(
        "A changed key moves the object at the end of the flush, and a rollback moves it back.",
        "session/history > follows a change of the key at the flush, and its rollback",
        "orm/writes > a changed key moves the object in the identity map, and a rollback moves it back",
      ),
      says(
        "The map shows keys and objects while the session lives; after close() it is empty.",
        "session/history > shows the objects of a session by key",
      ),
      says(
        "A key of NULL is refused by the flush.",
        "orm/generated-values > a primary key set to null is refused before anything is sent",
      ),
    ],
  },
  {
    id: "B3",
    title: "Beginning and closing",
    statements: [
      departs(
        "A transaction begins by itself with the first statement, add(), delete(), merge(), connection() or an assigned attribute; not with constructing, a get() that asks nothing, or reading.",
        "objects are plain, so nobody hears of an assignment: it begins with the flush",
        "session/begin-and-close > does not begin with an assigned attribute, but with the flush that writes it",
        "session/begin-and-close > does not begin with making objects, a look-up that asks nothing, or reading what is loaded",
        "session/states > begins with connection(), delete() and merge() as with everything else that needs it",
        "session/session-life > sends nothing and begins nothing for what needs no database",
      ),
      says(
        "A transaction is there before a connection is: the first statement takes it.",
        "session/begin-and-close > is there before a connection is, which the first statement takes",
        "session/binds > by flush, get, queries, lazy and eager loads; each takes part in the transaction when it is first needed",
      ),
      says(
        "With autobegin: false all of these are refused until begin(), anew after each end.",
        "session/begin-and-close > begins by hand alone with autobegin: false, whatever would need it, and anew after each end",
        "session/session-life > needs begin() each time with autobegin: false",
      ),
      says(
        "begin() is refused while a transaction is open, also one that began by itself.",
        "session/begin-and-close > is not begun a second time, by hand or by itself",
        "session/session-life > refuses begin() while a transaction is open, also one that began by itself",
      ),
      says(
        "commit() without a transaction begins one and tells of it; rollback() without one tells nothing.",
        "session/session-life > sends nothing and begins nothing for what needs no database",
      ),
      says(
        "close() and reset() roll back, let go of all objects and give connections back; the session can be used again.",
        "session/begin-and-close > close() and reset() roll it back, let go of all objects and give the connection back; the session goes on",
        "session/session-life > discards the connection on invalidate()",
      ),
      says(
        "Leaving the scope of a session closes it without a commit; a block gets the transaction, commits it, or rolls it back.",
        "session/begin-and-close > leaving the scope of a session closes it, and commits nothing",
        "session/begin-and-close > a block gets it, commits it when it returns and rolls it back when it throws",
      ),
      says(
        "With closeResetsOnly: false everything is refused after close(), but reset().",
        "session/session-life > closes for good with closeResetsOnly: false, until reset()",
        "session/states > closed for good: everything is refused until reset()",
      ),
      says(
        "A block whose transaction was ended inside it refuses to go on; what was committed stays.",
        "session/session-life > keeps what was committed inside a block, and refuses to go on in it",
      ),
      says(
        "Factories merge options and infos, and can be configured; a scoped session is one for each scope until it is removed.",
        "session/sessionmaker > makes sessions with its options and those of the call; infos are put together",
        "session/sessionmaker > begins a block with a session: commits and closes it, or rolls it back",
        "session/scoped-session > is one session for each scope until it is removed",
        "async/scoped-session > is one session for each async context, closed when its scope ends",
      ),
    ],
  },
  {
    id: "B4",
    title: "Transactions and savepoints",
    statements: [
      says(
        "A method that ends a transaction cannot be called while another one is at it, nor during a flush.",
        "session/states > %s refuses what would end it",
        "session/states > a flush refuses it, too",
      ),
      says(
        "commit() and rollback() act on the whole transaction, through all savepoints.",
        "session/savepoints > are sent when their level first uses a connection, outer ones first; commit() ends them all",
        "session/savepoints > flush, rollback() to one and rollback() of all send what they say",
        "session/savepoints > that are around others end them, too: the inner ones first",
      ),
      says(
        "A commit tells before, flushes, commits each connection, tells after, detaches what was deleted, and tells of its end.",
        "session/session-life > tells of each transition in order",
        "session/mapper-events > stand in the order of a commit's events",
      ),
      says(
        "A commit flushes until nothing is left, what listeners of the last flush added too, and gives up after 100 rounds.",
        "session/states > a commit flushes until nothing is left, and gives up when it never ends",
      ),
      says(
        "After the commit its listeners cannot send SQL in it; nor can anybody after prepare().",
        "session/states > takes no SQL once it is committed",
        "session/twophase > may prepare by itself: then only commit or rollback follow",
      ),
      departs(
        "A rollback expires all objects, whatever expireOnCommit says.",
        "they are stale: readable, and read anew by whoever asks the session for them",
        "session/reading-again > a rollback makes all objects stale, also with expireOnCommit: false; a commit then does not",
      ),
      says(
        "A rollback tells: after the rollback, after the transaction's end, after the soft rollback.",
        "session/session-life > restores attributes, collections, new and deleted objects",
      ),
      says(
        "beginNested() flushes first, also without autoflush.",
        "session/session-life > flushes first, also with autoflush off",
      ),
      says(
        "SAVEPOINT is sent when the level first uses a connection; a level without SQL sends nothing.",
        "session/session-life > sends SAVEPOINT only when the level uses a connection",
        "session/savepoints > of a level that sends nothing are not sent, whether it is committed, rolled back or left to the end",
        "session/savepoints > are sent when their level first uses a connection, outer ones first; commit() ends them all",
      ),
      says(
        "The rollback of a savepoint takes back what was made, changed and deleted in it, collections too; other objects keep their state.",
        "session/session-life > reverts objects created, changed and deleted inside; the others keep their state",
        "session/savepoints > rolled back ones put collections and references back, and make only what they wrote stale",
      ),
      says(
        "What a released savepoint wrote counts for the level around it, and reverts with it: new, changed, deleted and rekeyed objects, collections too.",
        "session/savepoints > released ones count for what is around them: its rollback takes back new, changed, deleted and rekeyed objects",
        "session/session-life > counts a released savepoint's changes for the level around it",
        "orm/session > a savepoint rolls back alone, and what it wrote goes with the outer transaction",
      ),
      says(
        "A flush that fails rolls back at once; then executing, get(), commit() and beginNested() are refused, naming the first error, until rollback().",
        "session/session-life > rolls back at once and refuses to go on until rollback()",
        "orm/session > a failed flush has to be rolled back; inside a savepoint the outer work survives",
      ),
      says(
        "Meanwhile adding, and flushing nothing, are no errors; what was added is discarded with a warning.",
        "session/states > after a flush failed: adding and flushing nothing are no errors; what was added is discarded with a warning",
        "orm/session > changes made between a failed flush and its rollback are dropped",
      ),
      says(
        "Meanwhile isActive is false and inTransaction() true.",
        "session/session-life > rolls back at once and refuses to go on until rollback()",
      ),
      says(
        "A flush that fails inside a savepoint costs only the savepoint; its block rolls it back.",
        "session/savepoints > a flush that fails in one rolls back to it at once; the rest of the transaction is committed",
        "session/session-life > costs only the savepoint when it happens inside one",
        "orm/session > a failed flush has to be rolled back; inside a savepoint the outer work survives",
      ),
      says(
        "A plain statement that fails does not deactivate the session; the database may want a rollback.",
        "session/states > a statement that fails leaves the session active",
      ),
      says(
        "A rollback that fails leaves the session closed, not half open.",
        "session/begin-and-close > that cannot be rolled back is over all the same: the session is closed, not half open",
        "session/events > that throw after the database has answered leave objects as the database has them",
      ),
      says(
        "Handles tell how they began, what is around them, and whether they are active.",
        "session/states > handles tell what they stand for",
      ),
      says(
        "prepare() needs twophase, and the whole transaction.",
        "session/twophase > prepares only as a whole, and only with the option",
      ),
      says(
        "A commit in two phases prepares all, then commits all; when one cannot be prepared, all are rolled back.",
        "session/twophase > prepares all databases, then commits all",
        "session/twophase > rolls all back when one cannot be prepared",
      ),
      says(
        "A session on a connection in a transaction joins it as its mode says: all 24 combinations.",
        "session/join-transaction > $outer, $mode, $end",
        "session/join-transaction > has its own transaction on a connection that has none, and leaves the connection open",
      ),
    ],
  },
  {
    id: "B5",
    title: "Several engines",
    statements: [
      says(
        "An engine is found by what the call names, then by class, base and table, then the session's own; or an error says what to do.",
        "session/binds > by base, class, table, then the session's own",
        "session/binds > by the class that a class extends, unless it is named itself",
        "session/binds > by the class before its table, and a table by its own name before its class's",
        "session/binds > before the base: a class of it that is named itself, in whichever order",
        "session/binds > or not, which says what to do",
        "session/binds > by a call, also for what is loaded with its statement",
      ),
      says(
        "A flush writes each class where it belongs; a commit ends one connection after the other.",
        "session/binds > by flush, get, queries, lazy and eager loads; each takes part in the transaction when it is first needed",
        "session/binds > one by one at the commit: what comes after one that fails is rolled back",
      ),
      says(
        "A session's own getBind() may read from one and write to the other.",
        "session/binds > by getBind of a subclass: reading from one, writing to the other",
      ),
      says(
        "connection() answers the transaction's connection, always the same.",
        "session/binds > begins the transaction and answers the connection of a bind, always the same",
      ),
      says(
        "Options for a connection that is there already are ignored, with a warning.",
        "session/binds > takes options only before the connection is there, and warns afterwards",
      ),
    ],
  },
  {
    id: "B6",
    title: "Autoflush",
    statements: [
      says(
        "It comes before statements of every kind, raw SQL included.",
        "session/autoflush > comes before statements of every kind, also raw SQL and those that read nothing the flush writes",
      ),
      says(
        "It comes before lazy loads, loads of expired values, refresh() and merge().",
        "session/autoflush > comes before relationships and expired columns are loaded, before refresh() and merge()",
      ),
      departs(
        "It comes before get() only when that has to ask the database.",
        "only for what the look-up might miss: new, deleted and rekeyed objects, or where a row is to be overwritten",
        "session/autoflush > comes before get() only when that has to ask the database",
        "session/look-up > flushes when something is new, and needs no SELECT for it",
      ),
      says(
        "It does not come during a flush, with autoflush: false (of the session, the call or the statement), and within noAutoflush(), which ends also by an error.",
        "session/autoflush > is not begun again while a flush is under way",
        "session/autoflush > off: nothing but beginNested() and commit() write",
        "session/autoflush > can be turned off for one statement: by the call, by the statement",
        "session/autoflush > is off within noAutoflush(), and on again after it, also when it throws",
      ),
      says(
        "beginNested(), commit() and prepare() flush in any case.",
        "session/autoflush > off: nothing but beginNested() and commit() write",
        "session/twophase > may prepare by itself: then only commit or rollback follow",
      ),
      says(
        "It does not come before a new object loads a relationship by the key it was given.",
        "session/autoflush > does not come before a new object loads a relationship by the key it was given",
      ),
      says(
        "Its errors say that it was one and what to do, and keep their class.",
        "session/autoflush > that fails says that it was one, and what to do; the error is the database's",
      ),
      departs(
        "An object that is moved to a parent whose collection has to be read first is deleted as an orphan by the flush before that.",
        "a flush for the sake of reading a relationship leaves orphans until the next one, so the move succeeds",
        "orm/relationships > an object is moved between owners although reading the new owner's collection flushes",
        "orm/relationships > an orphan that was kept while a relationship was read is deleted by the next flush",
      ),
    ],
  },
  {
    id: "B7",
    title: "get, refresh and expire",
    statements: [
      says(
        "A key with other columns than the class's is refused, listing them.",
        "orm/loading > get answers without SQL, by SQL, null; getOne throws; wrong keys are refused by the key's columns",
      ),
      says(
        "get() of an object that is there sends nothing and flushes nothing; of a stale one it is one SELECT; getOne() of none throws.",
        "session/reading-again > get() of an object that is there sends nothing and writes nothing",
        "session/reading-again > get() of a stale or expired object is one SELECT; getOne() of no row throws",
      ),
      says(
        "get() of an object that is there as another class of its hierarchy answers null.",
        "orm/inheritance > get() gives null for a row of another class, known or not (B7.3)",
      ),
      departs(
        "populateExisting, withForUpdate and alwaysRefresh always read, and overwrite what is loaded and what was changed.",
        "only what is asked for by name, populateExisting, overwrites changes that are not flushed",
        "session/reading-again > get() with populateExisting or options reads what is asked for",
        "statements/listeners > always read, bring the object up to date, and refuse what says nothing",
        "orm/row-counts > alwaysRefresh: get() and queries read rows anew, and changes not flushed stay",
      ),
      departs(
        "A query FOR UPDATE does not overwrite what is loaded.",
        "rows that are locked, and those of RETURNING, bring loaded objects up to date",
        "orm/loading > FOR UPDATE and RETURNING bring loaded objects up to date",
      ),
      departs(
        "expire() drops changes; the next access of a column loads all that are expired with one SELECT.",
        "an async session cannot load while an attribute is read: it throws NotLoadedError, which says what to await",
        "session/reading-again > expire() drops changes of what it names; the next access of one column loads all that are missing",
        "session/reading-again > an expired relationship is loaded by an access of its own",
        "session/reading-again > expireAll() takes the values of all objects away",
        "orm/relationships > expunge and expire go where their cascades lead",
      ),
      says(
        "Loading an expired value throws ObjectDeletedError where the row has gone, DetachedInstanceError outside of a session; what is loaded stays readable.",
        "session/reading-again > an expired value whose row has gone says so; of an object outside of a session, that it cannot be loaded",
        "orm/session > objects of a closed session are readable; what is not loaded says that it cannot be",
      ),
      departs(
        "Setting an attribute of an expired object makes the flush read the rest before the UPDATE, as the key is expired too.",
        "keys are never expired, so the flush sends only the UPDATE",
        "session/reading-again > setting an expired attribute loads nothing, and a flush sends only the UPDATE",
      ),
      says(
        "refresh() drops the object's own changes, flushes those of others, then reads the row over what is loaded.",
        "session/reading-again > refresh() drops the object's own changes, writes those of others, and reads the row",
        "orm/loading > refresh drops what was not flushed of what it reads: the row, or what is named",
      ),
      says(
        "refresh() of a row that has gone is an error, and of an object with a changed key; so is a lock that says nothing.",
        "session/reading-again > refresh() is refused for rows that have gone, changed keys, new objects, and locks that say nothing",
      ),
      says(
        "refresh() of named relationships reads the row and then them: two statements.",
        "session/reading-again > refresh() of named relationships reads the row and then them",
      ),
      departs(
        "refresh() goes along refresh-expire.",
        "what is reached loses its changes and is stale, but stays readable",
        "session/reading-again > refresh() goes where refresh-expire leads: changes are dropped, new members let go, the rest is stale",
      ),
      departs(
        "A commit expires all objects.",
        "they are stale: readable, and read anew by whoever asks the session for them",
        "session/reading-again > get() of a stale or expired object is one SELECT; getOne() of no row throws",
        "orm/loading > after a commit get and queries read anew, and keep what is not flushed",
      ),
      says(
        "populateExisting overwrites all objects of a statement, what was not written of them too.",
        "session/reading-again > populateExisting overwrites all objects of a statement, what was not written of them too",
      ),
      departs(
        "isModified() tells net changes, an unknown old value counts as one; dirty lists also what was set to the value it had.",
        "objects are compared, so dirty lists net changes only",
        "session/history > tells the old value, also an old null; reverting is no change",
        "session/history > does not know the old value of what was expired, and counts it as changed",
      ),
      departs(
        "An object without net changes sends no UPDATE, but its beforeUpdate and afterUpdate fire.",
        "they fire for objects whose own row is written, and no others",
        "session/mapper-events > fire only for objects whose own row is written",
        "session/mapper-events > do not fire where a reference is set to what its key says already",
      ),
      says(
        "flagModified() forces an attribute that is present; setCommittedValue() sets one without history.",
        "session/history > flagModified() has an unchanged attribute written",
        "session/history > setCommittedValue() sets without history: columns, references, collections",
      ),
    ],
  },
  {
    id: "B8",
    title: "Flush",
    statements: [
      says(
        "Nothing to write begins no transaction and tells nothing.",
        "session/session-life > sends nothing and begins nothing for what needs no database",
        "orm/writes > nothing to write sends nothing",
      ),
      says("A flush inside a flush is refused.", "session/states > a flush is not begun inside a flush"),
      says(
        "A listener before the flush may add, change and delete; one after it hears of what was written.",
        "session/events > before a flush may add, change and delete: the flush writes all of it, and tells of it afterwards",
        "session/events > after a flush: the first before objects are told of, the second with all in place, and what it changes waits",
      ),
      says(
        "What listeners of rows do too late for the flush is warned of.",
        "session/mapper-events > warn of what comes too late for the flush",
      ),
      says(
        "A new child that never had a parent is inserted; one that lost its parent is not.",
        "orm/relationships > a new object without a parent is inserted; one that lost its parent is not",
        "orm/relationships > a new object that lost its parent by index or length is not inserted",
      ),
      says(
        "New rows that refer to each other in a circle are refused by name; postUpdate is the cure.",
        "orm/relationships > new rows in a circle are refused by name, with the cure",
        "orm/links > new objects that refer to each other in a circle are refused by name",
      ),
      says(
        "Of one class UPDATE comes before INSERT; new objects in the order of adding, others by key.",
        "session/mapper-events > come before the first and after the last statement of a class",
      ),
      says(
        "A flush of several classes: children are read, rows updated, inserted, children inserted, rows deleted.",
        "orm/relationships > a flush writes updates, inserts, inserts of children, then deletions",
      ),
      departs(
        "A unique value of a deleted row cannot be inserted in the same flush; one that an UPDATE gives away can.",
        "a deleted row that is in the way is deleted first",
        "orm/relationships > a deleted row gives its unique values to a new and to a changed one",
        "orm/relationships > a value that an update gives away goes to a new row",
      ),
      says(
        "A new object with the key of a deleted one takes over the row; columns that it does not set keep their values.",
        "orm/session > a new object with the key of a deleted one updates its row; columns it was not given stay",
        "orm/writes > deletions go by keys in batches; a new object may take the key of a deleted one",
      ),
      says(
        "A new object with the key of a loaded one is told of, then refused by the database.",
        "orm/row-counts > a new object with the key of a loaded one is told of, then refused by the database",
        "orm/relationships > a new object with the key of one that is there is refused by name",
      ),
      says(
        "An UPDATE that matches no row is an error; a DELETE that misses rows is a warning, where there are versions an error.",
        "orm/row-counts > an UPDATE that matches no row fails and says of which object",
        "orm/row-counts > a DELETE that misses rows is told of, and not where the class says so",
        "orm/versions > a DELETE matches the version too",
      ),
      says(
        "Taking a child away whose key is made of its parent's is refused.",
        "orm/links > a key that would be blanked out is refused by name",
        "orm/flush-statements > a key made of a parent's cannot be blanked out: the object and the way out are named, nothing is sent",
      ),
      says(
        "Deleting a parent without delete cascade reads its children and clears their keys by one UPDATE.",
        "orm/flush-statements > a deleted parent: its children are read, their keys cleared by one UPDATE, its parts deleted, then it",
        "orm/links > deleting a parent deletes its parts, clears the keys of others and reads each relationship once",
      ),
      says(
        "passiveDeletes leaves what is not loaded to the database, and handles what is.",
        "orm/relationships > passiveDeletes deletes members that are loaded, and reads none",
        'orm/relationships > passiveDeletes "all" leaves loaded members alone too',
      ),
      departs(
        "Rows of an association are deleted, then inserted, after both ends are written; those of a removed object go before it, its collection being read.",
        "those of a removed object are deleted by its key, without reading them",
        "orm/flush-statements > rows of an association: after both ends, deletions before insertions; those of a removed object before it, unread",
      ),
      says(
        "Rows of an association are written once, whichever side was changed; missing ones are an error.",
        "orm/links > a many-to-many written from both sides makes one row, and one statement for all rows",
        "orm/row-counts > a row of an association table that is gone makes a flush fail; deleting both ends counts nothing twice",
      ),
      says(
        "A tree is inserted level by level and deleted children first; a delete cascade reads each level.",
        "orm/links > a tree is inserted level by level and deleted children first, in one flush each",
        "orm/flush-statements > a tree is read level by level when it is deleted, and deleted the other way round",
        "orm/relationships > deleting reads what goes along level by level, one statement each",
      ),
      says(
        "A collection that holds null or an object of another class is refused by the flush.",
        "orm/relationships > what does not belong into a collection is refused at the flush by name",
      ),
      departs(
        "Deleted rows that refer to each other cannot be deleted without postUpdate.",
        "keys that may be NULL are cleared first, since their rows go anyway",
        "orm/relationships > deleted rows that refer to each other let go of each other first",
      ),
      says(
        "postUpdate inserts NULL, sets the key by an UPDATE, and clears it before a deletion.",
        "orm/relationships > postUpdate inserts with NULL, sets the key by an UPDATE of it alone, and clears it before the deletion",
      ),
      says(
        "A changed natural key is followed in memory, or by UPDATEs with passiveUpdates: false.",
        "orm/relationships > a natural key is followed in memory, through keys made of it, and from objects it does not know",
        "orm/relationships > passiveUpdates: false loads the rows that refer to a changed key and updates them",
      ),
    ],
  },
  {
    id: "B9",
    title: "Inserting",
    statements: [
      says(
        "Neighbours with the same columns share a statement: eleven objects make six.",
        "orm/generated-values > 11 objects make 6 statements, in the order of adding",
      ),
      says(
        "No value and null leave a column to its default; nullValue() writes NULL.",
        "orm/generated-values > no value and null leave a column to its default, nullValue() writes NULL",
      ),
      says(
        "Without a default no value is written as NULL, so that neighbours share a statement.",
        "orm/flush-statements > columns without a value and without a default are written as NULL, so that neighbours share a statement",
      ),
      says(
        "Defaults of the program are called for each row, SQL ones stand in the statement; onUpdate does the same for an UPDATE.",
        "orm/generated-values > defaults: functions are called for each row; SQL stands in the statement and is read back",
        "orm/writes > onUpdate fills in values of the program and of SQL",
      ),
      says(
        "Many rows go in pages; generated keys come to the right objects.",
        "orm/generated-values > 10,000 objects of several kinds, mixed at random: each gets the key and defaults of its own row",
        "orm/generated-values > rows with more values than a statement takes are split",
      ),
      departs(
        "By default an INSERT reads what the server filled in, an UPDATE leaves it to be loaded.",
        "an UPDATE reads it, too, where the database can return it",
        "orm/writes > defaults of the program, of SQL and of the server are there after the flush",
        "orm/generated-values > a computed column comes back with the UPDATE where the database can return it",
      ),
      says(
        "With eagerDefaults: true an UPDATE reads it, too; with false nothing is read before it is asked for.",
        "orm/generated-values > an UPDATE reads what the database computed: ${Class.name}, one and many",
        "orm/generated-values > eagerDefaults: false reads nothing: values are loaded when asked for, or not to be had without await",
      ),
      says(
        "A SQL expression that is assigned stands in the statement, and its value is read.",
        "orm/writes > a SQL expression assigned to an attribute is written into the statement and then read",
      ),
      says(
        "With batch: false objects are written one at a time.",
        "orm/row-counts > batch: false writes one object at a time, so that its listeners hear before and after of each",
      ),
    ],
  },
  {
    id: "B10",
    title: "Versions",
    statements: [
      says(
        "An UPDATE sets the next version and matches the old one; 0 rows are a stale change.",
        "orm/versions > an UPDATE sets the next version and matches the one that was loaded, and only if something else changed",
        "orm/versions > somebody else's change makes an UPDATE fail; a rollback puts version and values back",
      ),
      says(
        "A DELETE matches the version, too; 0 rows are a stale change.",
        "orm/versions > a DELETE matches the version too",
        "orm/versions > a versioned DELETE fails also where deleted rows are not confirmed",
      ),
      says(
        "Versions count up, come from a function, from the server or from the program; NULL after the flush is refused.",
        "orm/versions > versions of a generator: UUIDs, moments, wide numbers",
        "orm/versions > versions that a trigger makes are read back (${Class.name}), one and many",
        "orm/versions > a version that nobody makes is refused after the flush",
        "orm/versions > versions that the program assigns are matched, and stay where it assigns none",
      ),
      says(
        "merge() refuses another version than the one that is there.",
        "orm/versions > merge refuses an object of another version, and takes one without",
      ),
      departs(
        "A query FOR UPDATE, or a refresh(), of an object with another version is a stale change.",
        "a refresh drops the object's changes and reads the row, so there is nothing to mismatch",
        "orm/versions > a query that locks the row of an object with another version fails; a refresh brings it up to date",
      ),
    ],
  },
  {
    id: "B11",
    title: "Cascades",
    statements: [
      says(
        "Cascades are save-update and merge unless others are given; unknown ones are refused, and those that contradict viewonly or passiveDeletes.",
        "../unit/orm/relationship-options > of %j are %j",
        "../unit/orm/relationship-options > %j is refused",
      ),
      says(
        "delete-orphan without delete is warned of; on the side of many it needs singleParent (bbf0), which a second parent breaks (bbf1).",
        "../unit/orm/relationship-options > delete-orphan without delete is warned of",
        "../unit/orm/relationship-options > delete-orphan of %s needs singleParent",
        "orm/relationships > a second parent is refused while the first holds the object",
        "orm/relationships > a single parent owns what it refers to: letting go, replacing and deleting delete it",
      ),
      says(
        "add() takes in all that an object reaches, also what was taken out of its relationships meanwhile.",
        "orm/outside > come in with what holds them when that is added, unless its cascade is none",
        "orm/flush-statements > an object that comes back to a session brings what it lost meanwhile",
      ),
      says(
        "Deleting reads children and deletes them, and theirs.",
        "orm/relationships > deleting reads what goes along level by level, one statement each",
        "orm/flush-statements > a tree is read level by level when it is deleted, and deleted the other way round",
      ),
      says(
        "A child that is put into a collection of a parent of the session is added at once.",
        "orm/outside > are taken in by the parent they are given to, at once",
      ),
      departs(
        "A child that is given its parent is not added; a flush warns. So it does for what a row refers to, which is written as NULL.",
        "an object that a row would have to point to is refused: its reference would be lost silently",
        "orm/outside > stay outside when they are given a parent, with a warning; whether its side is loaded or not",
        "orm/relationships > giving a new child its parent does not add it, and a warning says so",
        "orm/outside > are refused where a row would have to point to them",
      ),
      says(
        "With delete-orphan a child that is taken out, or whose reference is set to null, is deleted by the flush.",
        "orm/links > removing a child clears its key; with delete-orphan it is deleted, with what depends on it",
        "orm/relationships > a single parent owns what it refers to: letting go, replacing and deleting delete it",
      ),
      says(
        "A new child that is taken out is transient at once.",
        "orm/links > a new child taken out of its only parent before the flush is not inserted",
      ),
      says(
        "A child that gets another parent is only updated.",
        "orm/flush-statements > a child that gets another parent is one UPDATE of its key, also where parts of the old one are deleted",
        "orm/links > a child moved between owners is kept, whichever side was written, and without a way back",
      ),
      says(
        "Members of a replaced collection are deleted.",
        "orm/relationships > members of a replaced collection give their places to the new ones",
        "orm/links > replacing a collection that is not loaded removes what it held",
      ),
      says(
        "Of several parents that it is part of, any that lets go of a child makes it an orphan.",
        "orm/relationships > a part of two wholes goes when either lets go of it",
      ),
      says(
        "expunge() and expire() go where their cascades lead.",
        "orm/relationships > expunge and expire go where their cascades lead",
        "session/expunge > are read again as other objects of the same key",
      ),
    ],
  },
  {
    id: "B12",
    title: "Relationships in memory",
    statements: [
      says(
        "Both sides are in step at once, without SQL; what a collection gains and loses before it is loaded is applied when it is.",
        "orm/links > setting the parent moves a child between loaded collections at once",
        "orm/flush-statements > waits, without SQL, and is applied when they are; the flush writes it",
        "orm/flush-statements > is written also where they are never loaded",
        "orm/outside > are among the members of a collection that is loaded after they were given their parent, and stay outside",
      ),
      says(
        "New objects do not load, and reading what was never set is no change; enableRelationshipLoading() lets them.",
        "session/history > makes an empty one of reading a new object's, which is no change",
        "orm/links > an object inserted here has empty collections, without SQL",
        "session/history > enableRelationshipLoading() lets an object without a row load by its keys",
      ),
      says(
        "A reference to an object that is there, and one that is NULL, need no SQL.",
        "session/autoflush > does not come before what needs no SQL: a reference that is NULL, one to a loaded object",
      ),
      says(
        "Relationships tell of members that come and go, of references, of lists and collections; listeners may take other objects.",
        "session/validates > tell of members that come and go, on both sides",
        "session/validates > let a listener take another object",
        "session/validates > tell of lists that are assigned and of collections that begin and end",
      ),
      says(
        "Validators check what is assigned.",
        "session/validates > check and change what a flush is about to write, before any SQL",
        "session/validates > check related objects at once, on both sides, before anything has changed",
      ),
      says(
        "What is viewonly is never written, and the other side does not follow.",
        "orm/relationships > viewonly relationships are loaded, never written, and the other side does not follow",
      ),
    ],
  },
  {
    id: "B13",
    title: "Merging",
    statements: [
      says(
        "merge() flushes first, asks the identity map, then the database; what has no row becomes new.",
        "session/merge > flushes first, reads the row by its key, and writes what differs; the source stays outside",
        "session/merge > asks the identity map before the database",
        "session/merge > takes a new object by the key it was given; without a key, or a row, it becomes new in the session",
      ),
      says(
        "Attributes that the source has not loaded are left as they are.",
        "session/merge > copies what the source has loaded: what it lacks is left as the row has it",
      ),
      says(
        "Loaded relationships are followed: a collection is read, then replaced by merged members, and the rest let go.",
        "session/merge > follows relationships that are loaded: the collection is read, replaced by merged members, the rest let go",
        "session/merge > follows references, also to objects that refer back, and skips those that are not loaded",
      ),
      says(
        "The source is not touched and stays outside; an object of the session is answered itself.",
        "session/merge > flushes first, reads the row by its key, and writes what differs; the source stays outside",
        "session/merge > answers an object of the session itself, and warns where it is new there",
      ),
      says(
        "load: false refuses sources with changes, and sends nothing; what it makes has no history.",
        "session/merge > refuses sources with changes, and those that have no row",
        "session/merge > takes the source for what the row is: no SQL, no history, nothing to write",
      ),
      says(
        "Relationships whose cascade lacks merge are left alone.",
        "session/merge > leaves relationships alone whose cascade does not include it",
      ),
      says(
        "Another version than the one that is there is refused.",
        "orm/versions > merge refuses an object of another version, and takes one without",
      ),
      says(
        "Many objects are merged together: what is met twice is merged once.",
        "session/merge > mergeAll() takes what is met twice once",
        "statements/listeners > makes one object of those with one key, and refuses changed ones with load: false",
      ),
    ],
  },
  {
    id: "B15",
    title: "Statements over mapped classes",
    statements: [
      says(
        "An INSERT of many records takes attribute names; other keys begin another statement, in order.",
        "statements/bulk > takes attribute names; rows with other keys are written in order",
      ),
      says(
        "Nulls are left to defaults, unless renderNulls.",
        "statements/bulk > are filled in by the program, by SQL and by the server; null is left to them unless renderNulls",
        "statements/bulk > write nulls as they are with renderNulls",
      ),
      says(
        "values() is sent as it is; an upsert brings loaded objects up to date with populateExisting.",
        "statements/bulk > with values() is sent as it is",
        "statements/bulk > or an update of those that are there, brings loaded objects up to date",
      ),
      says(
        "With RETURNING it gives objects of the session in the order of the records.",
        "statements/bulk > gives tracked objects in the order of the rows, on every database",
      ),
      says(
        "An UPDATE of many records by key changes loaded objects without SQL; a record without its key is refused.",
        "statements/bulk > is one statement for each set of columns; loaded objects follow without SQL",
        "statements/bulk > needs the whole key of each row",
        "statements/bulk-mappings > bulkUpdateMappings() updates rows by key, objects in memory too, and needs the keys",
      ),
      says("A DELETE takes no list of records.", "statements/bulk > has no RETURNING, and a DELETE takes no list"),
      says(
        "What cannot be evaluated in memory is refused with evaluate, and fetched with fetch; auto takes the one or the other.",
        "statements/synchronize > is evaluated with auto where that is exact, and fetched otherwise",
        "statements/synchronize > cannot be evaluated over what only the database can work out",
        "statements/synchronize > asks the database for the rows with fetch: RETURNING, or a SELECT before",
      ),
      departs(
        "Without synchronizing loaded objects go stale.",
        "the session knows that they are, and reads them anew when it is asked for them",
        "statements/synchronize > without synchronizing leaves objects stale: readable, and read anew when asked for",
      ),
      says(
        "Evaluated values are set as committed, also of expressions; autoflush comes first.",
        "statements/synchronize > is evaluated over loaded objects: values are set as committed, without another statement",
        "statements/synchronize > flushes first, and keeps changes that could not be flushed",
        "statements/synchronize > is followed by objects also when its rows are streamed",
      ),
      departs(
        "What a value would need the database for is expired; expired objects are possible matches.",
        "it is stale: readable, and read anew when asked for",
        "statements/synchronize > leaves what cannot be evaluated among the values to be read anew when asked for",
        "statements/synchronize > takes expired objects for possible matches",
      ),
      says(
        "No cascade of relationships is applied.",
        "statements/synchronize > applies no cascade of relationships",
        "orm/flush-statements > statements with a WHERE go along no relationship",
      ),
      says(
        "Objects that a DELETE matches leave the session, and a rollback brings them back.",
        "statements/synchronize > takes objects out of the session, and a rollback brings them back: ${synchronizeSession}",
      ),
      says(
        "The evaluator knows AND, OR, NOT, comparisons, IS NULL, IN, arithmetic, concatenation, LIKE and SQL's NULL, and says what the database says.",
        "statements/evaluate > agrees with the database: conditions (seed ${seed})",
        "statements/evaluate > agrees with the database: values",
      ),
      says(
        "A listener hears what kind of statement it is, whether a relationship or columns are loaded, and from which object.",
        "statements/listeners > hear of what is executed and loaded, before it is",
      ),
      says(
        "A listener may answer a statement itself, from a frozen result.",
        "statements/listeners > replace a statement, add options, or answer instead of the database",
        "statements/bulk-mappings > a listener adds options for the execution it hears of",
      ),
      says(
        "The objects of a frozen result are merged into the session that asks.",
        "statements/frozen-results > become objects of the session that asks, without SQL when told so",
        "statements/frozen-results > are what a cache in a listener answers, to each session its own objects",
      ),
      says(
        "Criteria that a listener adds for a class hold for lazy loads, too.",
        "orm/loader-options-criteria > a doOrmExecute listener adds it to every query, lazy loads included",
      ),
    ],
  },
  {
    id: "B17",
    title: "Events",
    statements: [
      says(
        "A commit tells: before the commit, the flush, the rows, after them, the flush, the commit.",
        "session/mapper-events > stand in the order of a commit's events",
      ),
      says(
        "A transaction tells when it is made, when a connection begins, and when it has ended.",
        "session/begin-and-close > is there before a connection is, which the first statement takes",
        "session/session-life > sends nothing and begins nothing for what needs no database",
      ),
      says(
        "Objects tell when they are made, loaded, read again, filled in by a flush, and expired; classes when they are worked out.",
        "session/mapper-events > tell of loading and of reading again",
        "session/mapper-events > tell which attributes a flush filled in",
        "session/mapper-events > tell of the first object, of each one, and let values be changed",
        "session/mapper-events > tell when a class was worked out",
      ),
      says(
        "Statements with a WHERE tell how many rows they changed or deleted.",
        "statements/listeners > hear of rows changed and deleted by conditions",
      ),
      departs(
        "Listeners are plain functions.",
        "those inside operations of an async session may answer with a promise and are waited for; the others refuse it",
        "session/events > inside operations are waited for: what comes next comes after",
        "session/events > in the middle of plain calls refuse listeners that answer with promises, and lose no error",
      ),
    ],
  },
  {
    id: "B25",
    title: "Changes of attributes",
    statements: [
      departs(
        "Deleting a column's attribute makes the flush fail; deleting a reference clears the key.",
        "undefined counts as null for both, and so does a deleted column; a relationship is an accessor, which delete does not reach",
        "session/history > takes undefined and a deleted property for null",
        "session/history > are cleared by deleting the attribute's value",
      ),
      says(
        "What is set while it is expired has no old value, and counts as changed.",
        "session/history > does not know the old value of what was expired, and counts it as changed",
      ),
      says(
        "An old null is told of columns, not of references; an unknown old value is not told.",
        "session/history > tells the old value, also an old null; reverting is no change",
        "session/history > has the object that went, but no old null",
      ),
      says(
        "Values are compared as their types do: dates, JSON, bytes and arrays by value.",
        "session/history > compares dates, JSON, bytes and arrays by value, also those that changed in place",
      ),
      says(
        "Every way to change a collection is seen: methods at once, an index and length by the flush.",
        "orm/relationships > a collection emptied or overwritten by index before its members were flushed is written as it then is",
        "orm/links > a collection written by index, by length or by fill is noticed at the flush, with its other side",
        "orm/links > push, unshift, splice, pop, shift and assignment of an array are written",
      ),
      says(
        "Collections are compared by the identity of their members.",
        "session/history > compares members by identity",
      ),
      departs(
        "In-place changes are found where the type says that it is mutable.",
        "flushes compare values, so they are found for JSON, dates, arrays, bytes and types of one's own",
        "orm/writes > a change in place of JSON, a Date, bytes, an array and a type of one's own is found",
        "session/changes > changes in place are found at each flush, and only they",
      ),
      says(
        "Reverting is no change.",
        "session/history > tells the old value, also an old null; reverting is no change",
      ),
      says(
        "Assigning what is no list to a collection is refused; assigning itself does nothing.",
        "session/history > replaces at once, refuses what is no list, and lets go of the old one",
      ),
      says(
        "A member that is null is refused, at the latest by the flush.",
        "orm/relationships > what does not belong into a collection is refused at the flush by name",
      ),
    ],
  },
  {
    id: "B26",
    title: "Two sides of a relationship",
    statements: [
      says(
        "A member that is appended leaves its old parent's collection; other sides hear of each change once.",
        "orm/links > pushing a child whose parent is not loaded takes it out of the old parent's collection",
        "session/validates > tell of members that come and go, on both sides",
      ),
      says(
        "Only the side that was written cascades into the session.",
        "orm/outside > stay outside when they are given a parent, with a warning; whether its side is loaded or not",
      ),
    ],
  },
  {
    id: "B27",
    title: "Order of what relationships write",
    statements: [
      says(
        "Rows are written in the order of their references, whatever the order of adding.",
        "orm/links > the constructor takes related objects, and all are inserted in the order of their references",
        "orm/links > classes that refer to each other are written in the order their objects need",
      ),
    ],
  },
  {
    id: "B28",
    title: "Sorting",
    statements: [
      says(
        "Circles between classes are resolved object by object; circles between objects are refused.",
        "orm/links > classes that refer to each other are written in the order their objects need",
        "orm/links > new objects that refer to each other in a circle are refused by name",
      ),
    ],
  },
  {
    id: "B29",
    title: "Statements of a flush",
    statements: [
      says(
        "An UPDATE has net changes only and finds the row by the key it has; equal sets of columns share a statement.",
        "orm/row-counts > an UPDATE sends net changes only; objects with the same ones share a statement",
        "orm/row-counts > an UPDATE finds the row by the key it has, not the one it gets",
      ),
      departs(
        "An UPDATE is executed once for each set of values, one by one where there are versions or values to be read.",
        "objects with values of their own share a statement, versioned ones too",
        "orm/writes > many objects with values of their own are updated by few statements, and none may be missing",
        "orm/versions > many versioned objects are updated by one statement, and a mismatch names those it concerns",
      ),
      says(
        "A DELETE goes by keys, children first, in batches.",
        "orm/writes > deletions go by keys in batches; a new object may take the key of a deleted one",
        "orm/flush-statements > a tree is read level by level when it is deleted, and deleted the other way round",
      ),
      says(
        "Listeners hear of a class's rows before the first and after the last statement; with batch: false of each.",
        "session/mapper-events > come before the first and after the last statement of a class",
        "orm/row-counts > batch: false writes one object at a time, so that its listeners hear before and after of each",
      ),
    ],
  },
];
