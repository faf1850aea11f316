// One proxy over both colours.
import { AsyncSession, createAsyncEngine, createEngine, type Query, type ScalarResult, select, Session } from "athanor";
import { SessionProxy } from "athanor/proxy";
import { User } from "./models/user.ts";
import { typeOf } from "./type-of.ts";

const sync = new SessionProxy(new Session(createEngine("sqlite://")));
const async_ = new SessionProxy(new AsyncSession(createAsyncEngine("sqlite://")));
declare const either: SessionProxy<Session | AsyncSession>;
declare const unnamed: SessionProxy;

typeOf(sync).is<SessionProxy<Session>>();
typeOf(async_.session).is<AsyncSession>();
typeOf(sync.isAsync).is<boolean>();

// values, promises, or either
typeOf(sync.commit()).is<void>();
typeOf(async_.commit()).is<Promise<void>>();
typeOf(either.commit()).is<void | Promise<void>>();
typeOf(sync.get(User, 1)).is<User | null>();
typeOf(async_.get(User, 1)).is<Promise<User | null>>();
typeOf(await either.getOne(User, 1)).is<User>();
typeOf(await unnamed.getOne(User, 1)).is<User>();
typeOf(sync.scalars(select(User))).is<ScalarResult<User>>();
typeOf(await async_.scalars(select(User))).is<ScalarResult<User>>();
typeOf((await either.scalars(select(User))).all()).is<User[]>();
typeOf(either.add(new User({ name: "x" }))).is<void>();
typeOf(either.inTransaction()).is<boolean>();
typeOf(either.new).is<ReadonlySet<object>>();

// of one colour only
typeOf(sync.query(User)).is<Query<readonly [typeof User]>>();
typeOf(await async_.runSync((session) => session.query(User).count())).is<number>();
for await (const user of await async_.streamScalars(select(User))) typeOf(user).is<User>();
// @ts-expect-error query() is for sync sessions
async_.query(User);
// @ts-expect-error streams are for async sessions
sync.stream(select(User));
// @ts-expect-error runSync is for async sessions
sync.runSync(() => 1);
// @ts-expect-error the key is a number
either.get(User, "1");
// @ts-expect-error a session is needed
export const wrong = new SessionProxy({});

// code that serves both takes either
export async function rename(proxy: SessionProxy<Session | AsyncSession>, name: string): Promise<void> {
  const user = await proxy.getOne(User, 1);
  user.name = name;
  await proxy.commit();
}
await rename(sync, "a");
await rename(async_, "b");
// @ts-expect-error a sync session has no stream here: ask proxy.isAsync, or proxy.session
either.stream(select(User));

// no public member of a session is forgotten
type LeftOut = "mode" | "core" | "run" | "connectionOver" | "closeForGood" | "~events" | "syncSession";
declare const forgotten: Exclude<keyof Session | keyof AsyncSession, keyof SessionProxy | LeftOut>;
typeOf(forgotten).is<never>();
typeOf(sync.bulkInsertMappings(User, [])).is<void>();
typeOf(async_.bulkInsertMappings(User, [])).is<Promise<void>>();
typeOf(either.loadAttribute(new User({ name: "x" }), "posts")).is<unknown>();
typeOf([...either]).is<object[]>();
either.bindMapper(User, either.getBind());
// @ts-expect-error the session is a sync one
sync.bindMapper(User, createAsyncEngine("sqlite://"));
