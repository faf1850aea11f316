/** The programs that are there in both forms, and what both print, on every database. */
export const pairs: readonly (readonly [name: string, output: readonly string[], ofSync?: readonly string[]])[] = [
  [
    "engines",
    [
      "Connections so far: 0",
      "Connections in use: 1",
      "Users: 2",
      "Connections in use: 0, kept for later: 1",
      "Connections kept after dispose(): 0",
    ],
  ],
  ["connections", ["Result: 1", "Processing user: Bob", "Processing user: Carol", "Processing user: Dave"]],
  [
    "transactions",
    [
      "Active: true, the connection's: true",
      "Active: false, open: false",
      "Rolled back: changed my mind",
      "Alice, Bob, Carol",
    ],
  ],
  [
    "sessions",
    [
      "User: Alice, Email: alice@example.com",
      "Found: Alice",
      "User with this email already exists",
      "User not found",
      "Processing user: Alice",
    ],
  ],
  [
    "streaming",
    [
      "Processing user: User 1",
      "Processing user: User 3",
      "Processing user: User 4",
      "Processing user: User 5",
      "User 1 and User 3",
      "User 4 and User 5",
      "First of all: User 1",
      "Found again: User 3",
    ],
  ],
  [
    "results",
    [
      "fetchOne [ 1, 'Alice' ]",
      "fetchMany [ [ 2, 'Bob' ], [ 3, 'Carol' ] ]",
      "fetchAll [ [ 4, 'Dave' ] ]",
      "fetchOne at the end null",
      "scalar Bob",
      "first [ 1, 'Alice' ]",
      "one [ 3, 'Carol' ]",
      "oneOrNone null",
      "scalars [ 'Alice', 'Bob', 'Carol', 'Dave' ]",
      "mappings [ { id: 1, name: 'Alice' } ]",
      "partition 3",
      "partition 1",
      "kept 4",
    ],
  ],
  [
    "factories",
    [
      "Created: 1 Alice alice@example.com",
      "Renamed: Alice",
      "Found: Alice Smith",
      "Found: nobody",
      "Connections in use: 0",
    ],
  ],
  [
    "errors",
    [
      "User with this email already exists",
      "Rolled back",
      "User not found",
      "More than one user",
      "Bob has that email",
      "Alice, Robert",
    ],
  ],
  [
    "attributes",
    ["Not loaded: posts", "On furnaces, On glass", "Loaded now: 2, by Alice", "Loaded by the query: 2"],
    ["On furnaces, On glass", "Loaded now: 2, by Alice", "Loaded by the query: 2"],
  ],
  ["mixed", ["Alice is Alice Smith", "User: Bob"]],
  [
    "scoped-sessions",
    [
      "The same session: true",
      "In it: Alice",
      "Another session: true",
      "Committed: Alice",
      "Not committed: Alice",
      "Connections in use: 0",
    ],
  ],
];
