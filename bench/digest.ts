// Check sums over what contestants answer, whose objects differ in kind but not in what they say.
import { createHash } from "node:crypto";

interface PostLike {
  readonly id: number;
  readonly authorId?: number;
  readonly author?: { readonly id: number };
  readonly title: string;
  readonly body: string;
  readonly score: number;
  readonly rating: number;
  readonly published: boolean;
  readonly createdAt: Date;
}

interface AuthorLike {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly karma: number;
  readonly posts: Iterable<PostLike & { readonly comments: Iterable<CommentLike> }>;
}

interface CommentLike {
  readonly id: number;
  readonly commenter: string;
  readonly body: string;
}

interface EntryLike {
  readonly id: number;
  readonly name: string;
  readonly amount: number;
  readonly price: number;
  readonly active: boolean;
  readonly note: string | null;
}

const byId = (a: { readonly id: number }, b: { readonly id: number }): number => a.id - b.id;

function post(row: PostLike): unknown {
  const { id, title, body, score, rating, published, createdAt } = row;
  // what has only the relationship is asked for its key
  const authorId = row.authorId ?? row.author?.id;
  return [id, authorId, title, body, score, rating, published, createdAt.getTime()];
}

export function digestPosts(posts: unknown): string {
  return hash((posts as PostLike[]).map(post));
}

export function digestAuthors(authors: unknown): string {
  return hash(
    (authors as AuthorLike[]).map((author) => [
      author.id,
      author.name,
      author.email,
      author.karma,
      [...author.posts]
        .sort(byId)
        .map((row) => [
          post({ ...plainPost(row), authorId: author.id }),
          [...row.comments].sort(byId).map(({ id, commenter, body }) => [id, commenter, body]),
        ]),
    ]),
  );
}

function plainPost({ id, title, body, score, rating, published, createdAt }: PostLike): PostLike {
  return { id, title, body, score, rating, published, createdAt };
}

/** Keys must be there, and each its own. */
export function digestEntries(entries: unknown): string {
  const all = entries as EntryLike[];
  const keys = new Set(all.map((entry) => entry.id));
  return hash([
    keys.size,
    [...keys].every((key) => Number.isInteger(key)),
    all.map(({ name, amount, price, active, note }) => [name, amount, price, active, note]),
  ]);
}

function hash(value: unknown): string {
  return createHash("sha1").update(JSON.stringify(value)).digest("hex");
}
