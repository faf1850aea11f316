export { SessionProxy } from "./session-proxy.ts";
