// Made by rules.mjs from /api/openapi.json: do not edit.
import type { Rules } from "../app/form/rules";

export const AcceptBody = {
  name: {"required":true,"maxLength":100},
  password: {"required":true,"minLength":10,"maxLength":256},
  token: {"required":true},
} satisfies Rules;

export const ActivityBody = {
  at: {},
  call_id: {},
  due_at: {},
  notes: {"maxLength":4000},
  owner_id: {},
  title: {"required":true,"maxLength":300},
  type: {"required":true,"choices":["event","todo"]},
} satisfies Rules;

export const ActivityChange = {
  action: {},
  at: {},
  audio: {},
  call_id: {},
  completed: {"type":"boolean"},
  due_at: {},
  id: {},
  notes: {"maxLength":4000},
  organization_id: {},
  owner_id: {},
  title: {"maxLength":300},
  type: {},
  updated_at: {},
} satisfies Rules;

export const AgentBody = {
  audio: {"choices":["browser","phone"]},
  calls_max: {"minimum":1,"maximum":5,"type":"integer"},
  extension: {"pattern":"^[a-z0-9_-]{1,79}$"},
  name: {},
  revision: {},
  skills: {"maxItems":20,"type":"array"},
  user_id: {},
} satisfies Rules;

export const AlarmRulesBody = {
  revision: {},
  rules: {"required":true,"maxItems":20,"type":"array"},
} satisfies Rules;

export const ApartBody = {
  one_id: {"required":true},
  other_id: {"required":true},
} satisfies Rules;

export const ApiTokenBody = {
  expires_in_days: {"minimum":0,"type":"integer"},
  name: {"required":true,"maxLength":100},
  scopes: {"required":true,"type":"array"},
} satisfies Rules;

export const AppointmentBody = {
  address: {"maxLength":300},
  customer_id: {},
  ends_at: {},
  hold_minutes: {"minimum":1,"maximum":1440,"type":"integer"},
  ignore_buffers: {"type":"boolean"},
  lead_id: {},
  name: {"maxLength":120},
  notes: {"maxLength":4000},
  phone: {},
  resource: {"maxLength":120},
  service: {"required":true,"maxLength":200},
  starts_at: {"required":true},
  zone: {},
} satisfies Rules;

export const AppointmentChange = {
  address: {"maxLength":300},
  call_id: {},
  created_at: {},
  customer_id: {},
  ends_at: {},
  hold_until: {},
  id: {},
  ignore_buffers: {"type":"boolean"},
  lead_id: {},
  name: {"maxLength":120},
  notes: {"maxLength":4000},
  phone: {},
  resource: {},
  sequence: {},
  service: {"maxLength":200},
  starts_at: {},
  status: {"choices":["confirmed","cancelled","held","moved"]},
  updated_at: {},
  zone: {},
} satisfies Rules;

export const AssumptionsBody = {
  answered_percent: {"minimum":0,"maximum":100,"type":"number"},
  machine_percent: {"minimum":0,"maximum":100,"type":"number"},
  talk_s: {"minimum":1,"maximum":3600,"type":"integer"},
} satisfies Rules;

export const BeginTalkBody = {
  identity: {"maxLength":4096},
  writes: {"type":"boolean"},
} satisfies Rules;

export const BookingRulesBody = {
  horizon_days: {"minimum":1,"maximum":730,"type":"integer"},
  notice_hours: {"minimum":0,"maximum":720,"type":"integer"},
} satisfies Rules;

export const BusinessBody = {
  area: {"maxLength":2000},
  bookings: {},
  escalation: {},
  faq: {"type":"array"},
  holidays: {"type":"array"},
  hours: {},
  languages: {"type":"array"},
  may_promise: {"type":"array"},
  name: {"maxLength":200},
  never_promise: {"type":"array"},
  notes: {"maxLength":2000},
  revision: {"minimum":0,"type":"integer"},
  services: {"type":"array"},
  sms_templates: {"type":"array"},
  time_zone: {},
  trade: {"maxLength":200},
  updated_at: {},
} satisfies Rules;

export const CallNoteBody = {
  author: {},
  author_id: {},
  call_id: {},
  created_at: {},
  id: {},
  is_mine: {},
  revision: {},
  text: {"required":true,"maxLength":4000},
  updated_at: {},
} satisfies Rules;

export const CallShareBody = {
  note: {"maxLength":300},
  user_id: {"required":true},
} satisfies Rules;

export const CallTagsBody = {
  tags: {"required":true,"maxItems":20,"type":"array"},
} satisfies Rules;

export const CallTagsChange = {
  add: {"maxItems":20,"type":"array"},
  remove: {"maxItems":20,"type":"array"},
} satisfies Rules;

export const CallingHoursBody = {
  assumed_zones: {"maxItems":20,"type":"array"},
  days_off: {"type":"array"},
  windows: {"type":"array"},
} satisfies Rules;

export const CampaignBody = {
  compared_since: {},
  created_at: {},
  id: {},
  name: {"required":true,"maxLength":100},
  revision: {},
  settings: {},
  state: {},
  trouble: {},
  updated_at: {},
} satisfies Rules;

export const CampaignChange = {
  compared_since: {},
  created_at: {},
  id: {},
  name: {"maxLength":100},
  revision: {},
  settings: {},
  state: {},
  trouble: {},
  updated_at: {},
} satisfies Rules;

export const CampaignInPlaceBody = {
  compared_since: {},
  created_at: {},
  id: {},
  name: {"required":true,"maxLength":100},
  revision: {},
  settings: {"required":true},
  state: {},
  trouble: {},
  updated_at: {},
} satisfies Rules;

export const CampaignSettingsBody = {
  abandoned_message: {"maxLength":2000},
  answer_timeout_s: {"minimum":5,"maximum":120,"type":"integer"},
  caller_id_calls_per_day_max: {"minimum":1,"maximum":1000,"type":"integer"},
  caller_ids: {"maxItems":100,"type":"array"},
  filter: {},
  from: {"maxLength":25},
  goal: {},
  mailbox_detection: {"choices":["auto","line","own"]},
  mailbox_disposition: {},
  profile: {},
  queue: {},
  rules: {},
  sends_email: {"type":"boolean"},
  switch: {},
  variant: {},
  version: {"minimum":1,"maximum":1000000,"type":"integer"},
  voicemail: {},
} satisfies Rules;

export const ChoiceBody = {
  id: {},
  name: {"required":true,"minLength":1,"maxLength":40},
  position: {},
} satisfies Rules;

export const CodeBody = {
  code: {"required":true},
} satisfies Rules;

export const ConfirmEmailBody = {
  token: {"required":true},
} satisfies Rules;

export const ContactBody = {
  consent: {"maxLength":500},
  number: {"required":true,"maxLength":40},
  variables: {},
  zone: {},
} satisfies Rules;

export const ContactFilterBody = {
  conditions: {"maxItems":10,"type":"array"},
  needs: {"choices":["all","any"]},
} satisfies Rules;

export const ContactLinkBody = {
  added: {},
  campaign_id: {},
  created_at: {},
  enabled: {"type":"boolean"},
  expires_at: {},
  id: {},
  known: {},
  last_used_at: {},
  mapping: {},
  name: {"required":true,"maxLength":100},
  refusals: {},
  refused: {},
  revision: {},
  signature_header: {"maxLength":64},
  signing_secret_made_at: {},
} satisfies Rules;

export const ContactLinkChange = {
  added: {},
  campaign_id: {},
  created_at: {},
  enabled: {"type":"boolean"},
  expires_at: {},
  id: {},
  known: {},
  last_used_at: {},
  mapping: {},
  name: {"maxLength":100},
  refusals: {},
  refused: {},
  revision: {},
  signature_header: {"maxLength":64},
  signing_secret_made_at: {},
} satisfies Rules;

export const ContactLinkInPlaceBody = {
  added: {},
  campaign_id: {},
  created_at: {},
  enabled: {"required":true,"type":"boolean"},
  expires_at: {},
  id: {},
  known: {},
  last_used_at: {},
  mapping: {},
  name: {"required":true,"maxLength":100},
  refusals: {},
  refused: {},
  revision: {},
  signature_header: {"maxLength":64},
  signing_secret_made_at: {},
} satisfies Rules;

export const ContactMappingBody = {
  consent: {"maxLength":200},
  contacts: {"maxLength":200},
  country_code: {"maxLength":3},
  evidence: {"maxLength":500},
  name: {"maxLength":200},
  number: {"maxLength":200},
  variables: {},
  zone: {"maxLength":200},
} satisfies Rules;

export const ContactTrialBody = {
  body: {"required":true},
  kind: {"choices":["json","form"]},
  mapping: {},
} satisfies Rules;

export const ContactsBody = {
  contacts: {"required":true,"maxItems":200,"type":"array"},
} satisfies Rules;

export const CustomToolBody = {
  description: {"required":true,"minLength":1,"maxLength":1000},
  headers: {"maxItems":16,"type":"array"},
  id: {},
  method: {"required":true,"choices":["GET","POST","PUT","PATCH","DELETE"]},
  name: {"required":true,"pattern":"^[a-z][a-z0-9_]{0,63}$"},
  parameters: {"required":true},
  revision: {},
  timeout_ms: {"minimum":100,"maximum":10000,"type":"integer"},
  url: {"required":true,"maxLength":2048},
} satisfies Rules;

export const CustomerChange = {
  address: {"maxLength":300},
  created_at: {},
  email: {"maxLength":254},
  id: {},
  language: {},
  name: {"maxLength":120},
  notes: {"maxLength":4000},
  other_numbers: {"type":"array"},
  phone: {},
  sms_opted_out: {"type":"boolean"},
  tags: {"type":"array"},
  updated_at: {},
  verified: {"type":"boolean"},
} satisfies Rules;

export const DaySpanBody = {
  from: {"required":true,"pattern":"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"},
  to: {"required":true,"pattern":"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"},
} satisfies Rules;

export const DialPolicyBody = {
  numbers_allowed: {"maxItems":100,"type":"array"},
  per_call_max: {"minimum":0,"maximum":1000,"type":"integer"},
  per_day_max: {"minimum":0,"maximum":1000000,"type":"integer"},
  revision: {},
} satisfies Rules;

export const DrainBody = {
  timeout_s: {"minimum":0,"maximum":3600,"type":"integer"},
} satisfies Rules;

export const DtmfActionBody = {
  action: {"required":true},
  digits: {"required":true,"pattern":"^[0-9*#A-D]{1,8}$"},
  profile_id: {"required":true},
  revision: {},
} satisfies Rules;

export const DtmfBody = {
  digits: {"required":true,"pattern":"^[0-9*#A-D]{1,32}$"},
} satisfies Rules;

export const ErasureBody = {
  name: {"required":true},
} satisfies Rules;

export const EscalationBody = {
  otherwise: {"choices":["take_message","call_again"]},
  targets: {"required":true,"maxItems":10,"type":"array"},
  when: {"choices":["always","open_hours"]},
} satisfies Rules;

export const ExampleBody = {
  call_id: {"required":true},
  expectations: {"required":true},
  name: {"required":true,"minLength":1,"maxLength":120},
  turn_seq: {"minimum":0,"type":"integer"},
} satisfies Rules;

export const ExampleChange = {
  call_id: {},
  created_at: {},
  expectations: {"required":true},
  id: {},
  name: {"required":true,"minLength":1,"maxLength":120},
  profile_id: {},
  revision: {},
  turn_seq: {},
} satisfies Rules;

export const ExampleRunBody = {
  draft: {"choices":["a","b"]},
  version: {"minimum":1,"type":"integer"},
} satisfies Rules;

export const ExpectationsBody = {
  forbidden: {"maxItems":16,"type":"array"},
  meaning: {"maxLength":500},
  tools: {"maxItems":16,"type":"array"},
  words: {"maxItems":16,"type":"array"},
} satisfies Rules;

export const ExtensionBody = {
  name: {"required":true,"pattern":"^[a-z0-9_-]{1,79}$"},
  origin: {},
  revision: {},
  target: {"required":true},
  title: {"maxLength":100},
} satisfies Rules;

export const ExtensionChange = {
  name: {},
  origin: {},
  revision: {},
  target: {"required":true},
  title: {"maxLength":100},
} satisfies Rules;

export const ExtractionFieldBody = {
  choices: {"maxItems":12,"type":"array"},
  kind: {"required":true,"choices":["choice","yes_no","number","text"]},
  name: {"required":true,"pattern":"^[a-z][a-z0-9_]{0,39}$"},
  question: {"required":true,"minLength":1,"maxLength":200},
  title: {"required":true,"minLength":1,"maxLength":80},
} satisfies Rules;

export const ExtractionTrialBody = {
  call_id: {},
  draft: {"choices":["a","b"]},
} satisfies Rules;

export const FieldChange = {
  field: {"required":true},
  new: {"required":true},
  old: {"required":true},
} satisfies Rules;

export const FilterConditionBody = {
  is: {"required":true,"choices":["equals","not_equals","contains","begins_with","empty","not_empty","greater","less"]},
  of: {"choices":["variable","number","country","zone"]},
  value: {"maxLength":200},
  variable: {"maxLength":64},
} satisfies Rules;

export const FilterPreviewBody = {
  filter: {},
} satisfies Rules;

export const ForecastBody = {
  agents: {"minimum":1,"maximum":1000,"type":"integer"},
  assumed: {},
  cost_per_minute_micros: {"minimum":0,"maximum":1000000000,"type":"integer"},
  wrap_up_s: {"minimum":0,"maximum":3600,"type":"integer"},
} satisfies Rules;

export const ForgotBody = {
  email: {"required":true},
} satisfies Rules;

export const GrantsBody = {
  caller_ids: {"type":"array"},
  contexts: {"type":"array"},
  switches: {"type":"array"},
  trunks: {"type":"array"},
} satisfies Rules;

export const HandoffWordsBody = {
  enabled: {"type":"boolean"},
  phrases: {},
  target: {},
} satisfies Rules;

export const HeaderBody = {
  ends_with: {},
  name: {"required":true},
  value: {},
} satisfies Rules;

export const HintBody = {
  text: {"required":true,"minLength":1,"maxLength":1000},
} satisfies Rules;

export const HolidayBody = {
  from: {"required":true},
  hours: {"type":"array"},
  name: {"required":true,"maxLength":200},
  to: {},
} satisfies Rules;

export const HostedAgentBody = {
  agent_id: {"required":true,"minLength":1,"maxLength":128,"pattern":"^[A-Za-z0-9_-]+$"},
  overrides: {"type":"boolean"},
  provider: {"required":true,"choices":["elevenlabs"]},
} satisfies Rules;

export const IntegrationBody = {
  events: {},
  kind: {},
  last_event_at: {},
  revision: {},
  secrets: {},
  settings: {},
  unused_because: {},
  updated_at: {},
} satisfies Rules;

export const InvitationBody = {
  email: {"required":true,"maxLength":254},
  role: {"required":true,"choices":["agent","supervisor","admin","owner"]},
} satisfies Rules;

export const KeyActionBody = {
  action: {"required":true},
  digits: {},
  profile_id: {},
  revision: {},
} satisfies Rules;

export const LeadBody = {
  address: {"maxLength":300},
  budget: {"maxLength":300},
  currency: {"pattern":"^[A-Z]{3}$"},
  customer_id: {},
  name: {"maxLength":120},
  need: {"maxLength":4000},
  next_step: {"maxLength":300},
  notes: {"maxLength":4000},
  owner_id: {},
  phone: {},
  status: {"choices":["new","contacted","qualified","won","lost"]},
  urgency: {"maxLength":300},
  value_minor: {"minimum":0,"type":"integer"},
} satisfies Rules;

export const LeadChange = {
  address: {"maxLength":300},
  budget: {"maxLength":300},
  call_id: {},
  created_at: {},
  currency: {"pattern":"^[A-Z]{3}$"},
  customer_id: {},
  id: {},
  name: {"maxLength":120},
  need: {"maxLength":4000},
  next_step: {"maxLength":300},
  notes: {"maxLength":4000},
  owner_id: {},
  phone: {},
  status: {"choices":["new","contacted","qualified","won","lost"]},
  updated_at: {},
  urgency: {"maxLength":300},
  value_minor: {"minimum":0,"type":"integer"},
} satisfies Rules;

export const LeaseBody = {
  call_uuid: {},
  from: {},
  profile: {},
  to: {},
  ttl_s: {"minimum":1,"maximum":3600,"type":"integer"},
} satisfies Rules;

export const LogLevelBody = {
  level: {"required":true,"choices":["error","warn","info","debug","trace"]},
} satisfies Rules;

export const LoginBody = {
  code: {},
  email: {"required":true},
  password: {"required":true},
} satisfies Rules;

export const LookBody = {
  token: {"required":true},
} satisfies Rules;

export const MeChange = {
  language: {"choices":["en","de","es","pt"]},
} satisfies Rules;

export const MergeBody = {
  from_other: {"maxItems":5,"type":"array"},
  kept_updated_at: {},
  notes: {"choices":["both","kept","other"]},
  other_updated_at: {},
} satisfies Rules;

export const MessageChange = {
  done: {"required":true,"type":"boolean"},
} satisfies Rules;

export const NewDraftBody = {
  version: {"minimum":1,"type":"integer"},
} satisfies Rules;

export const NewEmailBody = {
  email: {"required":true,"maxLength":254},
  password: {"required":true},
} satisfies Rules;

export const NewPasswordBody = {
  password: {"required":true,"minLength":10,"maxLength":256},
  present: {"required":true},
} satisfies Rules;

export const NoticesBody = {
  alarm: {},
  failed_handoff: {},
  figures_changed: {},
  missed_call: {},
  new_lead: {},
  revision: {},
  webhook_off: {},
} satisfies Rules;

export const OnboardingBody = {
  dismissed: {"required":true,"type":"boolean"},
  steps: {},
} satisfies Rules;

export const OrderBody = {
  ids: {"required":true,"maxItems":50,"type":"array"},
} satisfies Rules;

export const OrganizationChange = {
  id: {},
  name: {"required":true,"maxLength":100},
} satisfies Rules;

export const PasswordBody = {
  password: {"required":true},
} satisfies Rules;

export const PhoneNumberBody = {
  block_anonymous: {"type":"boolean"},
  blocked: {},
  blocked_callers: {"type":"array"},
  closed: {},
  id: {},
  label: {"maxLength":120},
  mode: {"choices":["media_streams","gather"]},
  no_capacity: {},
  number: {"required":true},
  profile_id: {"required":true},
  proof: {},
  revision: {},
  unreached: {},
} satisfies Rules;

export const PickRulesBody = {
  alarm: {"required":true,"type":"boolean"},
  handed_off: {"required":true,"type":"boolean"},
  random_percent: {"required":true,"minimum":0,"maximum":100,"type":"integer"},
  shorter_than_s: {"minimum":1,"maximum":3600,"type":"integer"},
} satisfies Rules;

export const PreviewBody = {
  draft: {"choices":["a","b"]},
  voice: {"maxLength":79},
} satisfies Rules;

export const ProfileBody = {
  after_handoff: {"choices":["release","return"]},
  agent: {},
  assistant_in_handoff: {"choices":["released","kept"]},
  dtmf_actions: {"type":"array"},
  extraction: {"maxItems":12,"type":"array"},
  greeting: {"maxLength":1000},
  handoff_style: {"choices":["blind","warm"]},
  handoff_words: {},
  has_unpublished_changes: {"type":"boolean"},
  id: {},
  instructions: {"maxLength":40000},
  language: {},
  max_output_tokens: {"minimum":1,"maximum":100000,"type":"integer"},
  must_stay_in: {"choices":["eu","us"]},
  name: {"required":true,"minLength":1,"maxLength":64},
  noise_reduction: {"choices":["near_field","far_field"]},
  notice: {"maxLength":1000},
  publish: {"type":"boolean"},
  published_version: {"minimum":0,"type":"integer"},
  revision: {"minimum":0,"type":"integer"},
  shadow: {},
  speed_percent: {"minimum":25,"maximum":150,"type":"integer"},
  style: {},
  tools: {"type":"array"},
  topics: {"maxItems":20,"type":"array"},
  transcription: {"type":"boolean"},
  turn_detection: {},
  voice: {"minLength":1,"maxLength":79,"pattern":"^[!-~]+$"},
  voices: {"maxItems":4,"type":"array"},
} satisfies Rules;

export const ProfileChange = {
  after_handoff: {"choices":["release","return"]},
  agent: {},
  assistant_in_handoff: {"choices":["released","kept"]},
  dtmf_actions: {"type":"array"},
  extraction: {"maxItems":12,"type":"array"},
  greeting: {"maxLength":1000},
  handoff_style: {"choices":["blind","warm"]},
  handoff_words: {},
  has_unpublished_changes: {},
  id: {},
  instructions: {"maxLength":40000},
  language: {},
  max_output_tokens: {"minimum":1,"maximum":100000,"type":"integer"},
  must_stay_in: {"choices":["eu","us"]},
  name: {"minLength":1,"maxLength":64},
  noise_reduction: {"choices":["near_field","far_field"]},
  notice: {"maxLength":1000},
  publish: {"type":"boolean"},
  published_version: {},
  revision: {"minimum":0,"type":"integer"},
  shadow: {},
  speed_percent: {"minimum":25,"maximum":150,"type":"integer"},
  style: {},
  tools: {"type":"array"},
  topics: {"maxItems":20,"type":"array"},
  transcription: {"type":"boolean"},
  turn_detection: {},
  voice: {"minLength":1,"maxLength":79,"pattern":"^[!-~]+$"},
  voices: {"maxItems":4,"type":"array"},
} satisfies Rules;

export const PromptBody = {
  business: {"required":true},
  profile_id: {},
} satisfies Rules;

export const PublishBody = {
  note: {"maxLength":500},
  revision: {"minimum":0,"type":"integer"},
} satisfies Rules;

export const QuestionBody = {
  answer: {"required":true,"minLength":1,"maxLength":2000},
  question: {"required":true,"minLength":1,"maxLength":200},
} satisfies Rules;

export const QueueBody = {
  id: {},
  in_hours_only: {"type":"boolean"},
  max_wait_s: {"minimum":10,"maximum":7200,"type":"integer"},
  max_waiting: {"minimum":1,"maximum":1000,"type":"integer"},
  members: {"maxItems":300,"type":"array"},
  name: {"required":true,"pattern":"^[a-z0-9_-]{1,79}$"},
  overflow: {},
  priority: {"minimum":0,"type":"integer"},
  revision: {},
  ring_s: {"minimum":5,"maximum":120,"type":"integer"},
  skills: {"maxItems":20,"type":"array"},
  strategy: {"choices":["longest_idle","ring_all"]},
  tells_position: {"type":"boolean"},
  title: {"maxLength":100},
  wrap_up_required: {"type":"boolean"},
  wrap_up_s: {"minimum":5,"maximum":3600,"type":"integer"},
} satisfies Rules;

export const QueueMemberBody = {
  tier: {"minimum":0,"type":"integer"},
  user_id: {"required":true},
} satisfies Rules;

export const RecipientsBody = {
  email: {"maxItems":10,"type":"array"},
  sms: {"maxItems":10,"type":"array"},
} satisfies Rules;

export const RefreshBody = {
  refresh_token: {"required":true},
} satisfies Rules;

export const RegisterBody = {
  email: {"required":true,"maxLength":254},
  name: {"required":true,"maxLength":100},
  organization: {"required":true,"maxLength":100},
  password: {"required":true,"minLength":10,"maxLength":256},
  setup_token: {},
} satisfies Rules;

export const ReplayBody = {
  call_id: {"required":true},
  draft: {"choices":["a","b"]},
  version: {"minimum":1,"type":"integer"},
} satisfies Rules;

export const ReportMailBody = {
  hour: {"required":true,"minimum":0,"maximum":23,"type":"integer"},
  tz: {"required":true},
  weekday: {"required":true,"minimum":1,"maximum":7,"type":"integer"},
} satisfies Rules;

export const ReportMailChange = {
  can_be_sent: {},
  hour: {"minimum":0,"maximum":23,"type":"integer"},
  next_at: {},
  tz: {},
  wanted: {},
  weekday: {"minimum":1,"maximum":7,"type":"integer"},
} satisfies Rules;

export const ResetBody = {
  password: {"required":true,"minLength":10,"maxLength":256},
  token: {"required":true},
} satisfies Rules;

export const RetentionBody = {
  audit_log_days: {"minimum":90,"maximum":3650,"type":"integer"},
  calls_days: {"minimum":1,"maximum":3650,"type":"integer"},
  customers_days: {"minimum":1,"maximum":3650,"type":"integer"},
  recordings_days: {"minimum":1,"maximum":3650,"type":"integer"},
  words_days: {"minimum":1,"maximum":3650,"type":"integer"},
} satisfies Rules;

export const RetentionChange = {
  audit_log_days: {"minimum":90,"maximum":3650,"type":"integer"},
  calls_days: {"minimum":1,"maximum":3650,"type":"integer"},
  customers_days: {"minimum":1,"maximum":3650,"type":"integer"},
  recordings_days: {"minimum":1,"maximum":3650,"type":"integer"},
  revision: {},
  words_days: {"minimum":1,"maximum":3650,"type":"integer"},
} satisfies Rules;

export const RetriesBody = {
  abandoned: {},
  best_hour: {"type":"boolean"},
  busy: {},
  declined: {},
  failed: {},
  machine: {},
  no_answer: {},
  tries_max: {"minimum":1,"maximum":20,"type":"integer"},
} satisfies Rules;

export const RetryBody = {
  growth_percent: {"required":true,"minimum":100,"maximum":1000,"type":"integer"},
  pause_s: {"required":true,"minimum":1,"maximum":2592000,"type":"integer"},
  tries: {"required":true,"minimum":0,"maximum":20,"type":"integer"},
} satisfies Rules;

export const RollbackBody = {
  note: {"maxLength":500},
  version: {"required":true,"minimum":1,"type":"integer"},
} satisfies Rules;

export const RulesBody = {
  abandoned_permille_max: {"minimum":0,"maximum":30,"type":"integer"},
  at_once_max: {"minimum":1,"maximum":10000,"type":"integer"},
  consent: {"maxLength":500},
  hours: {},
  mode: {"choices":["assistants","predictive","preview"]},
  per_minute_max: {"minimum":1,"maximum":6000,"type":"integer"},
  retries: {},
} satisfies Rules;

export const SavedCallViewBody = {
  columns: {"type":"array"},
  created_at: {},
  default: {"type":"boolean"},
  filters: {},
  id: {},
  name: {"required":true,"maxLength":120},
  owner_id: {},
  revision: {},
  shared: {"type":"boolean"},
} satisfies Rules;

export const SayBody = {
  text: {"required":true,"minLength":1,"maxLength":2000},
} satisfies Rules;

export const ScoreBody = {
  answers: {},
  names: {},
  not_judged: {},
  revision: {},
  score: {},
} satisfies Rules;

export const ScoreQuestionBody = {
  id: {"required":true,"pattern":"^[a-z0-9_]{1,40}$"},
  kind: {"required":true,"choices":["yes_no","one_to_five","text"]},
  text: {"required":true,"minLength":1,"maxLength":200},
} satisfies Rules;

export const ScorecardBody = {
  by_model: {"choices":["none","picked","all"]},
  picks: {"required":true},
  questions: {"required":true,"maxItems":20,"type":"array"},
  revision: {},
} satisfies Rules;

export const SecretViewBody = {
  ends_with: {},
  set: {"required":true,"type":"boolean"},
} satisfies Rules;

export const ServiceBody = {
  begins_together: {"type":"boolean"},
  buffer_after_minutes: {"minimum":0,"maximum":720,"type":"integer"},
  buffer_before_minutes: {"minimum":0,"maximum":720,"type":"integer"},
  capacity: {"minimum":1,"maximum":100,"type":"integer"},
  description: {"maxLength":2000},
  duration_minutes: {"minimum":1,"maximum":10080,"type":"integer"},
  name: {"required":true,"minLength":1,"maxLength":200},
  price: {},
  resource: {"minLength":1,"maxLength":120},
} satisfies Rules;

export const ShadowSettingsBody = {
  agent_id: {"minLength":1,"maxLength":128,"pattern":"^[A-Za-z0-9_-]+$"},
  month_cost_max_micros: {"required":true,"minimum":1,"maximum":1000000000000,"type":"integer"},
  overrides: {"type":"boolean"},
  provider: {"required":true,"choices":["openai","openai-live","deepgram","gemini","elevenlabs","cascade"]},
  share_percent: {"required":true,"minimum":1,"maximum":100,"type":"integer"},
  voice: {"minLength":1,"maxLength":79,"pattern":"^[!-~]+$"},
} satisfies Rules;

export const SignInBody = {
  code: {},
  email: {},
  password: {},
  token: {},
} satisfies Rules;

export const SigningSecretBody = {
  secret: {"minLength":16,"maxLength":255},
} satisfies Rules;

export const SkipBody = {
  reason: {"required":true,"choices":["not_now","wrong_data","for_somebody_else","other"]},
} satisfies Rules;

export const SmsTemplateBody = {
  name: {"required":true,"minLength":1,"maxLength":60},
  text: {"required":true,"minLength":1,"maxLength":1600},
} satisfies Rules;

export const StyleBody = {
  assertiveness: {"minimum":0,"maximum":100,"type":"integer"},
  formality: {"minimum":0,"maximum":100,"type":"integer"},
  interruptibility: {"minimum":0,"maximum":100,"type":"integer"},
  pace: {"minimum":0,"maximum":100,"type":"integer"},
  response_delay_ms: {"minimum":0,"maximum":5000,"type":"integer"},
  silence_reminder_s: {"minimum":3,"maximum":120,"type":"integer"},
  verbosity: {"minimum":0,"maximum":100,"type":"integer"},
  warmth: {"minimum":0,"maximum":100,"type":"integer"},
} satisfies Rules;

export const SupervisionBody = {
  mode: {"required":true,"choices":["listen","whisper","barge"]},
} satisfies Rules;

export const SupervisionPolicyBody = {
  barge: {"choices":["agent","supervisor","admin","owner"]},
  listen: {"choices":["agent","supervisor","admin","owner"]},
  silent: {"required":true,"type":"boolean"},
  take_over: {"choices":["agent","supervisor","admin","owner"]},
  tell_caller: {"required":true,"type":"boolean"},
  whisper: {"choices":["agent","supervisor","admin","owner"]},
} satisfies Rules;

export const SuppressionBody = {
  call_id: {},
  evidence: {"maxLength":500},
  number: {"required":true,"maxLength":40},
} satisfies Rules;

export const TalkLinkBody = {
  calls_max: {"minimum":1,"maximum":1000,"type":"integer"},
  calls_per_hour_max: {"minimum":1,"maximum":10000,"type":"integer"},
  created_at: {},
  enabled: {"type":"boolean"},
  id: {},
  last_used_at: {},
  name: {"required":true,"maxLength":100},
  origins: {"maxItems":20,"type":"array"},
  profile_id: {"required":true},
  revision: {},
  signing_secret_made_at: {},
  widget: {},
} satisfies Rules;

export const TalkLinkChange = {
  calls_max: {"minimum":1,"maximum":1000,"type":"integer"},
  calls_per_hour_max: {"minimum":1,"maximum":10000,"type":"integer"},
  created_at: {},
  enabled: {"type":"boolean"},
  id: {},
  last_used_at: {},
  name: {"maxLength":100},
  origins: {"maxItems":20,"type":"array"},
  profile_id: {},
  revision: {},
  signing_secret_made_at: {},
  widget: {},
} satisfies Rules;

export const TalkLinkInPlaceBody = {
  calls_max: {"minimum":1,"maximum":1000,"type":"integer"},
  calls_per_hour_max: {"minimum":1,"maximum":10000,"type":"integer"},
  created_at: {},
  enabled: {"required":true,"type":"boolean"},
  id: {},
  last_used_at: {},
  name: {"required":true,"maxLength":100},
  origins: {"maxItems":20,"type":"array"},
  profile_id: {"required":true},
  revision: {},
  signing_secret_made_at: {},
  widget: {},
} satisfies Rules;

export const TargetBody = {
  target: {"required":true,"pattern":"^[a-z0-9_-]{1,79}$"},
} satisfies Rules;

export const TestCallBody = {
  draft: {"choices":["a","b"]},
  version: {"choices":["draft","published"]},
} satisfies Rules;

export const TopicRuleBody = {
  name: {"required":true,"pattern":"^[a-z][a-z0-9_]{0,39}$"},
  title: {"required":true,"minLength":1,"maxLength":80},
  words: {"required":true,"maxItems":30,"type":"array"},
} satisfies Rules;

export const TrialBody = {
  arguments: {"required":true},
  send: {"type":"boolean"},
} satisfies Rules;

export const UserChange = {
  created_at: {},
  email: {},
  has_totp: {},
  id: {},
  last_sign_in_at: {},
  name: {"required":true,"maxLength":100},
  revision: {},
  role: {"required":true,"choices":["agent","supervisor","admin","owner"]},
  status: {"required":true,"choices":["active","disabled"]},
} satisfies Rules;

export const VariablesBody = {
  variables: {"required":true},
} satisfies Rules;

export const VariantBBody = {
  profile: {},
  share_permille: {"minimum":1,"maximum":999,"type":"integer"},
  version: {"minimum":1,"maximum":1000000,"type":"integer"},
} satisfies Rules;

export const VoiceLinkBody = {
  agent_id: {"minLength":1,"maxLength":128,"pattern":"^[A-Za-z0-9_-]+$"},
  call_cost_max_micros: {"minimum":1,"maximum":1000000000000,"type":"integer"},
  overrides: {"type":"boolean"},
  provider: {"required":true,"choices":["openai","openai-live","deepgram","gemini","elevenlabs","cascade"]},
  voice: {"minLength":1,"maxLength":79,"pattern":"^[!-~]+$"},
  when: {},
} satisfies Rules;

export const VoiceRuleBody = {
  hours: {},
  languages: {"maxItems":20,"type":"array"},
} satisfies Rules;

export const WebhookBody = {
  created_at: {},
  enabled: {"type":"boolean"},
  events: {"required":true,"type":"array"},
  failing_since: {},
  id: {},
  off_reason: {},
  revision: {},
  url: {"required":true,"maxLength":2048},
} satisfies Rules;

export const WeekHoursBody = {
  friday: {"type":"array"},
  monday: {"type":"array"},
  saturday: {"type":"array"},
  sunday: {"type":"array"},
  thursday: {"type":"array"},
  tuesday: {"type":"array"},
  wednesday: {"type":"array"},
} satisfies Rules;

export const WeekWindowBody = {
  day: {"required":true,"minimum":1,"maximum":7,"type":"integer"},
  from_minute: {"required":true,"minimum":0,"maximum":1439,"type":"integer"},
  to_minute: {"required":true,"minimum":1,"maximum":1440,"type":"integer"},
} satisfies Rules;

export const WidgetLookBody = {
  accent: {"pattern":"^#[0-9a-fA-F]{6}$"},
  greeting: {"maxLength":60},
  position: {"choices":["right","left"]},
} satisfies Rules;

export const WrapUpBody = {
  call_id: {"required":true},
  disposition_id: {},
  note: {"maxLength":4000},
  queue_id: {},
  started_at: {},
} satisfies Rules;

export const WrapUpDraftBody = {
  disposition_id: {},
  note: {"required":true,"maxLength":4000},
  updated_at: {},
} satisfies Rules;

export const WriteAgentBody = {
  agent_id: {"minLength":1,"maxLength":128,"pattern":"^[A-Za-z0-9_-]+$"},
  draft: {"choices":["a","b"]},
  profile_id: {"required":true},
} satisfies Rules;
