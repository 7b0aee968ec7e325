// The API's types by short names. They are made from the server's document (types.ts), so a field that changes there fails
// the type check here.
import type { components } from "./types";

type Schemas = components["schemas"];

/** A call's row. Times RFC 3339, UTC. */
export type Call = Schemas["CallView"];
/** Where a call stands. */
export type CallState = Schemas["CallState"];
/** An entry of a call's journal; what else it holds depends on its `kind`. */
export type Entry = Schemas["EventView"];
/** An event of the live view. `seq` counts on one connection, without gaps. */
export type LiveMessage = Schemas["LiveMessage"];
/** The actors of the node, limits, failures. */
export type Actors = Schemas["ActorsView"];
/** A call's actor with what it started. */
export type CallNode = Schemas["CallActorView"];
/** What a call can do at a moment. */
export type Capability = Schemas["Capability"];
/** Somebody whom a caller can be passed on to. */
export type Extension = Schemas["ExtensionView"];
/** A telephone switch under control. */
export type Switch = Schemas["SwitchView"];
/** A way to control a call's channel. */
export type ControlLink = Schemas["ControlLink"];
/** What a key does. */
export type KeyAction = Schemas["KeyAction"];
/** Who asked for a tool. */
export type ToolOrigin = Schemas["ToolOrigin"];
/** How much is logged. */
export type LogLevel = Schemas["LogLevel"];
/** Who is signed in. */
export type Session = Schemas["SessionView"];

/** Who asks, and what they may do. */
export type Me = Schemas["MeView"];
/** What a user is. */
export type Role = Schemas["Role"];
/** Who can register, and whether somebody has done so. */
export type Registration = Schemas["RegistrationView"];
/** An invitation, as who was invited sees it. */
export type Offer = Schemas["InvitedView"];
/** What a new account opens the API with. */
export type NewAccount = Schemas["SignInView"];

/** One page of a list. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
