/**
 * One API over sync and async sessions.
 *
 * @module
 */
export { SessionProxy } from "./proxy/index.ts";
