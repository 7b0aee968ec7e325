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
/** What an agent asks for at their desk. */
export type AgentWish = Schemas["AgentWish"];
/** What an agent has written down of a call. */
export type WrapUp = Schemas["WrapUpView"];
/** An agent on a call, and what became of it. */
export type CallAgent = Schemas["CallAgentView"];
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
/** An address at which anybody can talk with the assistant, but for its token. */
export type TalkLink = Schemas["TalkLink"];
/** One that was made just now, with its address. */
export type MadeTalkLink = Schemas["MadeTalkLinkView"];
/** What a visitor is shown of a talk link. */
export type Talk = Schemas["TalkView"];

/** A message of the desk socket. `seq` counts on one connection, without gaps. */
export type DeskMessage = Schemas["DeskMessage"];
/** What an agent asks for at their desk. */
export type DeskCommand = Schemas["DeskCommand"];
/** An agent as they are now. */
export type AgentNow = Schemas["AgentNow"];
/** A call that an agent has. */
export type AgentCall = Schemas["AgentCall"];
/** How an agent stands in a call. */
export type AgentCallState = Schemas["AgentCallState"];
/** An agent who asks a colleague about the caller. */
export type Consult = Schemas["DeskConsult"];
/** How asking a colleague has ended. */
export type ConsultEnd = Schemas["ConsultEnd"];
/** Why a person was not reached. */
export type HandoffFailure = Schemas["HandoffFailure"];
/** How an agent's part in a call has ended. */
export type AgentEnd = Schemas["AgentEnd"];
/** A call that is offered. */
export type DeskOffer = Schemas["DeskOffer"];
/** Why a call is offered no more. */
export type OfferGone = Schemas["OfferGone"];
/** A queue as it is now. */
export type DeskQueue = Schemas["DeskQueue"];
/** A call of which is to be written down how it went. */
export type DeskWrapUp = Schemas["DeskWrapUp"];
/** What an agent wants: calls, or none. */
export type Intent = Schemas["Intent"];
/** Why agents can be away. */
export type PresenceReason = Schemas["PresenceReason"];
/** How a call can have ended for the business. */
export type Disposition = Schemas["Disposition"];
/** A queue, as it was set up. */
export type Queue = Schemas["QueueView"];
/** Somebody who is to be called back. */
export type Callback = Schemas["CallbackView"];
/** A customer, as they are on record. */
export type Customer = Schemas["Customer"];
/** What is known of who calls. */
export type CustomerData = Schemas["CustomerData"];

/** What somebody wants of the business. */
export type Lead = Schemas["Lead"];
/** What was found in a file of leads. */
export type LeadImport = Schemas["LeadImportView"];
/** How far a lead has come. */
export type LeadStatus = Schemas["LeadStatus"];
/** When somebody comes, or is come to. */
export type Appointment = Schemas["Appointment"];
/** An event or a to-do. */
export type Activity = Schemas["Activity"];
/** A text message. */
export type TextMessage = Schemas["Message"];
/** Somebody who can take calls. */
export type Colleague = Schemas["AgentView"];
/** The business, as its assistant knows it. */
export type BusinessProfile = Schemas["BusinessProfile"];
/** A time at which something can be booked. */
export type Slot = Schemas["SlotView"];
/** The link of the calendar, which the server shows once. */
export type CalendarFeed = Schemas["FeedView"];
