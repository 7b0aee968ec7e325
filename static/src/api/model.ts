// Short names for the API's types. They are generated from the server's document (types.ts), so a field that changes there fails the type check here.
import type { components } from "./types";

type Schemas = components["schemas"];

/** A call's row. Times are RFC 3339, UTC. */
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
/** An agent's notes on a call so far. */
export type WrapUpDraft = Schemas["WrapUpDraftView"];
/** A call that a colleague is asked to review. */
export type CallShare = Schemas["CallShareView"];
/** The quality of a live call's connection. */
export type CallConnection = Schemas["ConnectionView"];
/** A saved view of the list of calls. */
export type SavedView = Schemas["SavedCallView"];
/** The state of a call. */
export type CallState = Schemas["CallState"];
/** An entry of a call's journal; its other fields depend on its `kind`. */
export type Entry = Schemas["EventView"];
/** An event of the live view. `seq` counts per connection, without gaps. */
export type LiveMessage = Schemas["LiveMessage"];
/** The actors of the node, its limits and its failures. */
export type Actors = Schemas["ActorsView"];
/** A call's actor, with the actors that it started. */
export type CallNode = Schemas["CallActorView"];
/** A capability of a call at a moment. */
export type Capability = Schemas["Capability"];
/** Somebody to whom a caller can be transferred. */
export type Extension = Schemas["ExtensionView"];
/** An organization of the installation, as the operator sees it. */
export type InstalledOrganization = Schemas["InstalledOrganizationView"];
/** A telephone switch under control. */
export type Switch = Schemas["SwitchView"];
/** A way to control a call's channel. */
export type ControlLink = Schemas["ControlLink"];
/** A command of an agent at their desk. */
export type AgentRequest = Schemas["AgentRequest"];
/** An agent's wrap-up of a call. */
export type WrapUp = Schemas["WrapUpView"];
/** An agent on a call, and the outcome. */
export type CallAgent = Schemas["CallAgentView"];
/** The action of a key. */
export type KeyAction = Schemas["KeyAction"];
/** The party that requested a tool. */
export type ToolOrigin = Schemas["ToolOrigin"];
/** How much is logged. */
export type LogLevel = Schemas["LogLevel"];
/** The session that is signed in. */
export type Session = Schemas["SessionView"];

/** The user of this page, and their permissions. */
export type Me = Schemas["MeView"];
/** The role of a user. */
export type Role = Schemas["Role"];
/** The registration policy, and whether somebody has registered. */
export type Registration = Schemas["RegistrationView"];
/** An invitation, as the invited user sees it. */
export type Offer = Schemas["InvitedView"];
/** The sign-in of a new account for the API. */
export type NewAccount = Schemas["SignInView"];

/** One page of a list. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
/** An address at which anybody can talk with the assistant, without its token. */
export type TalkLink = Schemas["TalkLinkView"];
/** A new talk link, with its address. */
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
/** A turn of the caller, with the answer then and the answer now. */
export type ReplayedTurn = Schemas["ReplayedTurn"];
/** An assistant's words and tool calls in a turn. */
export type ReplaySide = Schemas["Side"];
/** A call that is kept together with what is expected of a profile. */
export type Example = Schemas["ExampleView"];
/** The result of an example. */
export type ExampleResult = Schemas["ExampleResult"];
/** Whether a model judges what examples mean. */
export type Judge = Schemas["JudgeView"];
/** A published version of a profile, complete. */
export type ProfileVersion = Schemas["VersionView"];
/** The publication of a version. */
export type Publication = Schemas["Publication"];
/** A profile's own HTTP tool. */
export type CustomTool = Schemas["CustomToolView"];
/** A call that waits for our audio. */
export type WebCallPass = Schemas["TalkCallView"];

/** A message of the desk socket. `seq` counts per connection, without gaps. */
export type DeskMessage = Schemas["DeskMessage"];
/** A command of an agent at their desk. */
export type DeskCommand = Schemas["DeskCommand"];
/** An agent as they are now. */
export type AgentNow = Schemas["AgentNow"];
/** A call that an agent has. */
export type AgentCall = Schemas["AgentCall"];
/** The state of an agent in a call. */
export type AgentCallState = Schemas["AgentCallState"];
/** An agent who asks a colleague about the caller. */
export type Consult = Schemas["DeskConsult"];
/** How a consultation with a colleague has ended. */
export type ConsultEnd = Schemas["ConsultEnd"];
/** Why a person was not reached. */
export type HandoffFailure = Schemas["HandoffFailure"];
/** How an agent's part in a call has ended. */
export type AgentEnd = Schemas["AgentEnd"];
/** A call that is offered. */
export type DeskOffer = Schemas["DeskOffer"];
/** Why a call is no longer offered. */
export type OfferGone = Schemas["OfferGone"];
/** A queue as it is now. */
export type DeskQueue = Schemas["DeskQueue"];
/** A call that still needs a wrap-up. */
export type DeskWrapUp = Schemas["DeskWrapUp"];
/** An agent's intent: to take calls, or not. */
export type Intent = Schemas["Intent"];
/** Why agents can be away. */
export type PresenceReason = Schemas["PresenceReason"];
/** A possible outcome of a call for the business. */
export type Disposition = Schemas["Disposition"];
/** A queue, as it was set up. */
export type Queue = Schemas["QueueView"];
/** Somebody who is due to be called back. */
export type Callback = Schemas["CallbackView"];
/** A customer on record. */
export type Customer = Schemas["Customer"];
/** Two customers who are probably the same person. */
export type Double = Schemas["DoubleView"];
export type Doubles = Schemas["DoublesView"];
/** Two customers side by side, and the result of merging them. */
export type MergePreview = Schemas["MergePreview"];
/** The records that the erasure of everything about a customer would erase, or its progress. */
export type Erasure = Schemas["ErasureView"];
/** The result of importing a file of customers. */
export type CustomerImport = Schemas["CustomerImportView"];
/** Customer data of a caller. */
export type CustomerData = Schemas["CustomerData"];
/** Figures for a range of days. */
export type Dashboard = Schemas["Dashboard"];
/** Figures of one day, hour by hour. */
export type DayByHour = Schemas["DayByHour"];
/** The first steps of an organization, and which are done. */
export type Onboarding = Schemas["Onboarding"];

/** A business, as its owner describes it. */
export type Business = Schemas["BusinessProfile"];
/** The same with its revision. */
export type BusinessView = Schemas["BusinessView"];
/** How early and how far ahead appointments are offered. */
export type BookingRules = Schemas["BookingRules"];
/** The opening hours of each weekday. */
export type WeekHours = Schemas["WeekHours"];
/** A time span in which a business is open, such as `08:00` to `17:00`. */
export type DaySpan = Schemas["DaySpan"];
/** Days with different hours. */
export type Holiday = Schemas["Holiday"];
/** Something that a business offers. */
export type Service = Schemas["Service"];
/** The price of a service. */
export type Price = Schemas["Price"];
/** A question that callers ask, with its answer. */
export type Question = Schemas["Question"];
/** A text that assistants send. */
export type SmsTemplate = Schemas["SmsTemplate"];
/** The people who are reached when a caller needs a person. */
export type Escalation = Schemas["Escalation"];
/** Somebody who works here. */
export type User = Schemas["UserView"];
/** The signed-in user, as a sign-in knows them. */
export type SignedIn = Schemas["User"];
/** Something that a user has created and that continues without them. */
export type Belonging = Schemas["Belonging"];
/** An invitation to work here. */
export type Invitation = Schemas["Invitation"];
/** A new invitation, with its link if that was not mailed. */
export type MadeInvitation = Schemas["MadeInvitationView"];
/** How somebody takes calls. */
export type Agent = Schemas["AgentView"];
/** The overflow of a queue in which no agent is found. */
export type Overflow = Schemas["Overflow"];
/** An option for agents: a wrap-up code, or a reason to be away. */
export type Choice = Schemas["ChoiceView"];
/** A phone number, and how it is answered. */
export type NumberRow = Schemas["PhoneNumberView"];
/** The fallback for a caller when no assistant answers. */
export type Instead = Schemas["Instead"];
/** Which numbers calls may dial, and how many. */
export type DialPolicy = Schemas["DialPolicyView"];
/** The action of a key, or several in order, on calls of a profile. */
export type KeyRow = Schemas["DtmfActionView"];
/** An account at an external service. */
export type Integration = Schemas["IntegrationView"];
/** A service at which an organization can have an account. */
export type IntegrationKind = Schemas["IntegrationKind"];
export type ShadowCosts = Schemas["ShadowCosts"];
export type ShadowCallSummary = Schemas["ShadowCallSummary"];
export type ShadowCall = Schemas["ShadowCallView"];
export type ShadowTurn = Schemas["ShadowTurn"];
export type ShadowAnswer = Schemas["ShadowAnswer"];
export type VoiceHealth = Schemas["VoiceHealthView"];
/** An agent at ElevenLabs. */
export type HostedAgent = Schemas["HostedAgentView"];
/** An agent at ElevenLabs that was created from a profile, or updated to match it. */
export type WrittenAgent = Schemas["WrittenAgentView"];
/** The result of a test of a service. */
export type IntegrationTest = Schemas["IntegrationTest"];
/** A setting of the installation in effect. */
export type Setting = Schemas["SettingView"];
/** An address that receives events. */
export type Webhook = Schemas["WebhookView"];
/** A new webhook, or one with a new secret. */
export type WebhookWithSecret = Schemas["WebhookWithSecret"];
/** An event that webhooks can receive. */
export type EventKind = Schemas["EventKind"];
/** One delivery to a webhook or a person. */
export type Delivery = Schemas["Delivery"];
/** A place where somebody is signed in. */
export type SignIn = Schemas["SignInPlaceView"];
/** A program's token, without its secret. */
export type ApiToken = Schemas["ApiToken"];
/** A new token. */
export type MadeApiToken = Schemas["MadeApiTokenView"];
/** A permission. */
export type Permission = Schemas["Permission"];
/** The same, as it is sent. */
export type CustomToolBody = Schemas["CustomToolBody"];
/** The result of a trial of a custom tool. */
export type Trial = Schemas["TrialView"];
/** An assistant's instructions about a business. */
export type Prompt = Schemas["PromptView"];
/** A line of the audit log. */
export type AuditEntry = Schemas["AuditEntry"];
/** The user or program that performed an audited action. */
export type Actor = Schemas["Actor"];
/** The recipients of notices. */
export type NoticeSettings = Schemas["NoticesView"];
/** The data that an authenticator app needs to be set up. */
export type TotpOffer = Schemas["OfferView"];
/** A caller's interest in the business. */
export type Lead = Schemas["Lead"];
/** The result of importing a file of leads. */
export type LeadImport = Schemas["LeadImportView"];
/** The progress of a lead. */
export type LeadStatus = Schemas["LeadStatus"];
/** A list of people who are called, and how. */
export type Campaign = Schemas["CampaignView"];
/** The state that its owner wants. */
export type CampaignState = Schemas["CampaignState"];
/** How it calls. */
export type CampaignSettings = Schemas["CampaignSettings"];
/** Conditions on the contacts whom it calls. */
export type ContactFilter = Schemas["ContactFilter"];
/** How many contacts a filter admits. */
export type FilterPreview = Schemas["FilterPreview"];
/** Its progress. */
export type CampaignProgress = Schemas["ProgressView"];
/** Costs of its calls, and how its variants compare. */
export type CampaignOutcomes = Schemas["OutcomesView"];
/** How two variants compare. */
export type CampaignComparison = Schemas["ComparisonView"];
/** One of its caller IDs. */
export type CallerId = Schemas["CallerIdView"];
/** When and how often people of a country or a state may be called. */
export type CountryRule = Schemas["CountryRuleView"];
/** Numbers that the organization may show to the people it calls. */
export type Showable = Schemas["ShowableView"];
/** The forecast of its calls from now on. */
export type CampaignForecast = Schemas["ForecastView"];
/** The result of an attempt. */
export type Outcome = Schemas["Outcome"];
/** Somebody on its list. */
export type CampaignContact = Schemas["ListedContact"];
/** The same with the attempts. */
export type CalledContact = Schemas["ContactView"];
/** The next contact for an agent to call. */
export type Preview = Schemas["PreviewView"];
/** Why an agent skips somebody. */
export type SkipReason = Schemas["SkipReason"];
/** How many were added, and how many were on the list already. */
export type AddedContacts = Schemas["AddedView"];
/** The result of importing a file of contacts. */
export type ContactImport = Schemas["ContactImportView"];
/** A secret address through which another service adds people, without its secret. */
export type ContactLink = Schemas["ContactLinkView"];
/** A new contact link, with its address. */
export type MadeContactLink = Schemas["MadeContactLinkView"];
/** A contact link and its signing secret, which is shown once. */
export type ContactLinkWithSecret = Schemas["ContactLinkWithSecret"];
/** The result of checking an example body. */
export type ContactTrial = Schemas["ContactTrialView"];
/** A number that no campaign calls. */
export type Suppression = Schemas["ListedSuppression"];
/** An appointment with a customer, here or at their place. */
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
/** A remote agent of the dialler: a group of lines that it sends calls to. */
export type RemoteAgent = Schemas["RemoteAgent"];
/** The same, after a command. */
export type AffectedAgent = Schemas["AffectedAgent"];
/** A line that an agent is logged in with at the dialler. */
export type DiallerLine = Schemas["LiveAgent"];
/** A campaign of the dialler. */
export type DiallerCampaign = Schemas["OsdialCampaign"];
/** Rows of the dialler that have changed. */
export type DiallerChange = Schemas["OsdialChange"];
/** The voices that an assistant can have. */
export type Voices = Schemas["VoicesView"];
