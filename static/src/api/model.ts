// The API's types by short names. They are made from the server's document (types.ts), so a field that changes there fails
// the type check here.
import type { components } from "./types";

type Schemas = components["schemas"];

/** A call's row. Times RFC 3339, UTC. */
export type Call = Schemas["CallView"];
/** How a supervisor takes part in a call. */
export type SupervisionMode = Schemas["SupervisionMode"];
/** Token that connects a supervisor's audio to a call. */
export type SupervisionView = Schemas["SupervisionView"];
/** The tags of a call. */
export type CallTags = Schemas["CallTags"];
/** A tag that calls have. */
export type KnownTag = Schemas["KnownTag"];
export type KnownTopic = Schemas["KnownTopic"];
/** A note of a call. */
export type CallNote = Schemas["CallNoteView"];
/** An agent's notes of a call so far. */
export type WrapUpDraft = Schemas["WrapUpDraftView"];
/** A call that a colleague is asked to look at. */
export type CallShare = Schemas["CallShareView"];
/** How good a connection of a live call is. */
export type CallConnection = Schemas["ConnectionView"];
/** A saved view of the list of calls. */
export type SavedView = Schemas["SavedView"];
/** State of a call. */
export type CallState = Schemas["CallState"];
/** An entry of a call's journal; what else it holds depends on its `kind`. */
export type Entry = Schemas["EventView"];
/** An event of the live view. `seq` counts on one connection, without gaps. */
export type LiveMessage = Schemas["LiveMessage"];
/** The actors of the node, limits, failures. */
export type Actors = Schemas["ActorsView"];
/** A call's actor with what it started. */
export type CallNode = Schemas["CallActorView"];
/** A capability of a call at a moment. */
export type Capability = Schemas["Capability"];
/** Somebody whom a caller can be passed on to. */
export type Extension = Schemas["ExtensionView"];
/** An organization of the installation, as the operator sees it. */
export type InstalledOrganization = Schemas["InstalledOrganizationView"];
/** A telephone switch under control. */
export type Switch = Schemas["SwitchView"];
/** A way to control a call's channel. */
export type ControlLink = Schemas["ControlLink"];
/** Command of an agent at their desk. */
export type AgentRequest = Schemas["AgentRequest"];
/** An agent's wrap-up of a call. */
export type WrapUp = Schemas["WrapUpView"];
/** An agent on a call, and what became of it. */
export type CallAgent = Schemas["CallAgentView"];
/** Action of a key. */
export type KeyAction = Schemas["KeyAction"];
/** The party that asked for a tool. */
export type ToolOrigin = Schemas["ToolOrigin"];
/** How much is logged. */
export type LogLevel = Schemas["LogLevel"];
/** The session that is signed in. */
export type Session = Schemas["SessionView"];

/** The user of this page, and their permissions. */
export type Me = Schemas["MeView"];
/** Role of a user. */
export type Role = Schemas["Role"];
/** Registration policy, and whether somebody has registered. */
export type Registration = Schemas["RegistrationView"];
/** An invitation, as who was invited sees it. */
export type Offer = Schemas["InvitedView"];
/** Sign-in of a new account for the API. */
export type NewAccount = Schemas["SignInView"];

/** One page of a list. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
/** An address at which anybody can talk with the assistant, but for its token. */
export type TalkLink = Schemas["TalkLinkView"];
/** One that was made just now, with its address. */
export type MadeTalkLink = Schemas["MadeTalkLinkView"];
/** A talk link and its signing secret, which is shown once. */
export type TalkLinkWithSecret = Schemas["TalkLinkWithSecret"];
/** A visitor's view of a talk link. */
export type Talk = Schemas["TalkView"];

/** An assistant's profile: its draft. */
export type Profile = Schemas["ProfileView"];
/** All profiles, and those whose draft can't be read. */
export type ProfileList = Schemas["ProfilesView"];
/** One of a profile's drafts. */
export type ProfileDraft = Schemas["DraftView"];
/** The drafts of a profile, and those that can't be read. */
export type DraftList = Schemas["DraftsView"];
/** A past call, or a profile's examples, run again against a profile. */
export type Replay = Schemas["ReplayView"];
/** The same without what was said. */
export type ReplaySummary = Schemas["ReplaySummary"];
/** A turn of the caller, as it was answered then and is now. */
export type ReplayedTurn = Schemas["ReplayedTurn"];
/** An assistant's words and tool calls in a turn. */
export type ReplaySide = Schemas["Side"];
/** A call that is kept with what is expected of a profile. */
export type Example = Schemas["Example"];
/** How an example went. */
export type ExampleResult = Schemas["ExampleResult"];
/** Whether a model judges what examples mean. */
export type Judge = Schemas["JudgeView"];
/** A version of a profile that was published, whole. */
export type ProfileVersion = Schemas["VersionView"];
/** A version was published. */
export type Publication = Schemas["Publication"];
/** A profile's own HTTP tool. */
export type CustomTool = Schemas["CustomToolView"];
/** A call that waits for our audio. */
export type WebCallPass = Schemas["TalkCallView"];

/** A message of the desk socket. `seq` counts on one connection, without gaps. */
export type DeskMessage = Schemas["DeskMessage"];
/** Command of an agent at their desk. */
export type DeskCommand = Schemas["DeskCommand"];
/** An agent as they are now. */
export type AgentNow = Schemas["AgentNow"];
/** A call that an agent has. */
export type AgentCall = Schemas["AgentCall"];
/** State of an agent in a call. */
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
/** An agent's intent: calls, or none. */
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
/** Two customers who are likely one. */
export type Double = Schemas["DoubleView"];
export type Doubles = Schemas["DoublesView"];
/** Two customers side by side, and what they would become. */
export type MergePreview = Schemas["MergePreview"];
/** Customer data of a caller. */
export type CustomerData = Schemas["CustomerData"];
/** Figures of some days. */
export type Dashboard = Schemas["Dashboard"];
/** Figures of one day, hour by hour. */
export type DayByHour = Schemas["DayByHour"];
/** The first steps of an organization, and which are done. */
export type Onboarding = Schemas["Onboarding"];

/** A business, as its owner describes it. */
export type Business = Schemas["BusinessProfile"];
/** The same with its revision. */
export type BusinessView = Schemas["BusinessView"];
/** Opening hours of each weekday. */
export type WeekHours = Schemas["WeekHours"];
/** A time in which a business is open, as `08:00` to `17:00`. */
export type DaySpan = Schemas["DaySpan"];
/** Days with other hours. */
export type Holiday = Schemas["Holiday"];
/** Something that a business offers. */
export type Service = Schemas["Service"];
/** Price of a service. */
export type Price = Schemas["Price"];
/** A question that callers ask, with its answer. */
export type Question = Schemas["Question"];
/** A text that assistants send. */
export type SmsTemplate = Schemas["SmsTemplate"];
/** The people who are reached when a caller needs a person. */
export type Escalation = Schemas["Escalation"];
/** Somebody who works here. */
export type User = Schemas["UserView"];
/** The user who is signed in, as a sign-in knows them. */
export type SignedIn = Schemas["User"];
/** A thing that a user has made and that goes on without them. */
export type Belonging = Schemas["Belonging"];
/** Somebody who is asked to work here. */
export type Invitation = Schemas["Invitation"];
/** One that was made just now, with its link where it was not mailed. */
export type MadeInvitation = Schemas["MadeInvitationView"];
/** How somebody takes calls. */
export type Agent = Schemas["AgentView"];
/** Overflow of a queue for which nobody is found. */
export type Overflow = Schemas["Overflow"];
/** One of what agents choose from: a wrap-up code, a reason to be away. */
export type Choice = Schemas["ChoiceView"];
/** A phone number, and how it is answered. */
export type NumberRow = Schemas["PhoneNumberView"];
/** Fallback for a caller where no assistant answers. */
export type Instead = Schemas["Instead"];
/** Numbers that calls may dial, and how many. */
export type DialPolicy = Schemas["DialPolicyView"];
/** Action of a key, or several in order, on calls of a profile. */
export type KeyRow = Schemas["DtmfActionView"];
/** An account at a service outside. */
export type Integration = Schemas["IntegrationView"];
/** A service that an organization can have an account at. */
export type IntegrationKind = Schemas["IntegrationKind"];
export type ShadowCosts = Schemas["ShadowCosts"];
export type ShadowCallSummary = Schemas["ShadowCallSummary"];
export type ShadowCall = Schemas["ShadowCallView"];
export type ShadowTurn = Schemas["ShadowTurn"];
export type ShadowAnswer = Schemas["ShadowAnswer"];
export type VoiceHealth = Schemas["VoiceHealthView"];
/** An agent at ElevenLabs. */
export type HostedAgent = Schemas["HostedAgentView"];
/** An agent that was made of a profile at ElevenLabs, or changed to be it. */
export type WrittenAgent = Schemas["WrittenAgentView"];
/** Result of a test of a service. */
export type IntegrationTest = Schemas["IntegrationTest"];
/** A setting of the installation that is in force. */
export type Setting = Schemas["SettingView"];
/** An address that gets events. */
export type Webhook = Schemas["WebhookView"];
/** One that was made just now, or has a new secret. */
export type WebhookWithSecret = Schemas["WebhookWithSecret"];
/** An event that webhooks can get. */
export type EventKind = Schemas["EventKind"];
/** One delivery to a webhook or a person. */
export type Delivery = Schemas["Delivery"];
/** A place where somebody is signed in. */
export type SignIn = Schemas["SignInPlaceView"];
/** A token of a program, without what opens. */
export type ApiToken = Schemas["ApiToken"];
/** One that was made just now. */
export type MadeApiToken = Schemas["MadeApiTokenView"];
/** One thing that somebody may do. */
export type Permission = Schemas["Permission"];
/** The same, as it is sent. */
export type CustomToolBody = Schemas["CustomToolBody"];
/** Result of a trial of a custom tool. */
export type Trial = Schemas["TrialView"];
/** An assistant's instructions about a business. */
export type Prompt = Schemas["PromptView"];
/** A line of the audit log. */
export type AuditEntry = Schemas["AuditEntry"];
/** The actor of an audited action. */
export type Actor = Schemas["Actor"];
/** Recipients of notices. */
export type NoticeSettings = Schemas["NoticesView"];
/** Offer for an authenticator app. */
export type TotpOffer = Schemas["OfferView"];
/** A caller's interest in the business. */
export type Lead = Schemas["Lead"];
/** Result of reading a file of leads. */
export type LeadImport = Schemas["LeadImportView"];
/** How far a lead has come. */
export type LeadStatus = Schemas["LeadStatus"];
/** A list of people who are called, and how. */
export type Campaign = Schemas["CampaignView"];
/** Its owner's wish. */
export type CampaignState = Schemas["CampaignState"];
/** How it calls. */
export type CampaignSettings = Schemas["CampaignSettings"];
/** Conditions on the contacts whom it calls. */
export type ContactFilter = Schemas["ContactFilter"];
/** How many contacts a filter admits. */
export type FilterPreview = Schemas["FilterPreview"];
/** How far it has come. */
export type CampaignProgress = Schemas["ProgressView"];
/** Costs of its calls, and how its variants compare. */
export type CampaignOutcomes = Schemas["OutcomesView"];
/** How two variants compare. */
export type CampaignComparison = Schemas["ComparisonView"];
/** One of the numbers that it shows. */
export type CallerId = Schemas["CallerIdView"];
/** When people of a country, or of a state, may be called, and how often. */
export type CountryRule = Schemas["CountryRuleView"];
/** Numbers that the organization may show to people whom it calls. */
export type Showable = Schemas["ShowableView"];
/** Forecast of its calls from now on. */
export type CampaignForecast = Schemas["ForecastView"];
/** Result of a try. */
export type Outcome = Schemas["Outcome"];
/** Somebody on its list. */
export type CampaignContact = Schemas["Contact"];
/** The same with the tries. */
export type CalledContact = Schemas["ContactView"];
/** The next contact for an agent to call. */
export type Preview = Schemas["PreviewView"];
/** Why an agent leaves somebody out. */
export type SkipReason = Schemas["SkipReason"];
/** How many were added, and how many were on the list. */
export type AddedContacts = Schemas["AddedView"];
/** Result of reading a file of them. */
export type ContactImport = Schemas["ContactImportView"];
/** A secret address over which another service adds people, but for its secret. */
export type ContactLink = Schemas["ContactLinkView"];
/** One that was made just now, with its address. */
export type MadeContactLink = Schemas["MadeContactLinkView"];
/** A contact link and its signing secret, which is shown once. */
export type ContactLinkWithSecret = Schemas["ContactLinkWithSecret"];
/** Result of looking at an example of a body. */
export type ContactTrial = Schemas["ContactTrialView"];
/** A number that no campaign calls. */
export type Suppression = Schemas["Suppression"];
/** When somebody comes, or is come to. */
export type Appointment = Schemas["Appointment"];
/** An event or a to-do. */
export type Activity = Schemas["Activity"];
/** A text message. */
export type TextMessage = Schemas["Message"];
/** How much waits in the inbox. */
export type InboxCount = Schemas["InboxView"];
/** Somebody who can take calls. */
export type Colleague = Schemas["AgentView"];
/** The business, as its assistant knows it. */
export type BusinessProfile = Schemas["BusinessProfile"];
/** A time at which something can be booked. */
export type Slot = Schemas["SlotView"];
/** The link of the calendar, which the server shows once. */
export type CalendarFeed = Schemas["FeedView"];
/** A remote agent of the dialler: a group of lines that it gives calls to. */
export type RemoteAgent = Schemas["RemoteAgent"];
/** The same, as a command has left it. */
export type AffectedAgent = Schemas["AffectedAgent"];
/** A line that somebody is logged in with at the dialler. */
export type DiallerLine = Schemas["LiveAgent"];
/** A campaign of the dialler. */
export type DiallerCampaign = Schemas["OsdialCampaign"];
/** Rows of the dialler that are other than they were. */
export type DiallerChange = Schemas["OsdialChange"];
/** The voices that an assistant can have. */
export type Voices = Schemas["VoicesView"];
