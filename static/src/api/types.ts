// Made by types.mjs from /api/openapi.json: do not edit.
export interface components {
    schemas: {
        AbandonRateView: {
            abandoned: number;
            live: number;
            permille: number;
        };
        AcceptBody: {
            /** @example Grace */
            name: string;
            password: string;
            token: string;
        };
        ActionOutcome: {
            outcome: "done";
        } | {
            outcome: "failed";
            reason: string;
        } | {
            outcome: "unknown";
        };
        Activity: {
            action: components["schemas"]["ActivityAction"];
            at: string;
            audio: components["schemas"]["AudioSpan"] | null;
            call_id: components["schemas"]["CallId"] | null;
            due_at: string | null;
            id: components["schemas"]["ActivityId"];
            notes: string;
            organization_id: components["schemas"]["OrganizationId"];
            owner_id: components["schemas"]["UserId"] | null;
            title: string;
            type: components["schemas"]["ActivityType"];
            updated_at: string;
        };
        ActivityAction: "created" | "updated" | "completed";
        ActivityBody: {
            at?: string | null;
            call_id?: components["schemas"]["CallId"] | null;
            due_at?: string | null;
            notes?: string;
            owner_id?: components["schemas"]["UserId"] | null;
            title: string;
            type: components["schemas"]["ActivityType"];
        };
        ActivityChange: {
            action?: unknown;
            /** @default null */
            at: string | null;
            audio?: unknown;
            call_id?: unknown;
            /** @default null */
            completed: boolean | null;
            /** @default null */
            due_at: string | null;
            id?: unknown;
            /** @default null */
            notes: string | null;
            organization_id?: unknown;
            /** @default null */
            owner_id: components["schemas"]["UserId"] | null;
            /** @default null */
            title: string | null;
            type?: unknown;
            updated_at?: unknown;
        };
        ActivityId: string;
        ActivityType: "event" | "todo";
        Actor: {
            kind: "installation";
        } | {
            id: components["schemas"]["UserId"];
            kind: "user";
        } | {
            id: components["schemas"]["ApiTokenId"];
            kind: "api_token";
        } | {
            kind: "system";
        };
        ActorsView: {
            calls: components["schemas"]["CallActorView"][];
            failures: components["schemas"]["FailureView"][];
            ledger: components["schemas"]["LedgerView"][];
            limits: components["schemas"]["LimitView"][];
            registry: components["schemas"]["RegistryView"];
            unreadable: components["schemas"]["UnreadableView"][];
        };
        AddedView: {
            added: number;
            known: number;
        };
        Affected: {
            affected: components["schemas"]["AffectedAgent"][];
        };
        AffectedAgent: components["schemas"]["RemoteAgent"] & {
            lines: components["schemas"]["RemoteLine"][];
            was_changed: boolean;
        };
        AfterHandoff: "release" | "return";
        AgentActivity: "idle" | "reserved" | "on_call" | "wrap_up";
        AgentAssignment: {
            /** @example TEST1 */
            campaign_id: string;
            /** @example 1001 */
            user_id: string;
        };
        AgentAudio: "browser" | "phone";
        AgentAverage: {
            calls: number;
            name: string | null;
            percent: number;
            user_id: components["schemas"]["UserId"];
        };
        AgentBody: {
            audio?: components["schemas"]["AgentAudio"];
            calls_max?: number;
            /** @example 200 */
            extension?: string | null;
            name?: unknown;
            revision?: string | null;
            skills?: string[];
            user_id?: unknown;
        };
        AgentCall: {
            audio: components["schemas"]["AgentAudio"];
            call_id: components["schemas"]["CallId"];
            colleague: components["schemas"]["UserId"] | null;
            consult: components["schemas"]["DeskConsult"] | null;
            dialling: components["schemas"]["AgentDialling"] | null;
            held_since: string | null;
            is_muted: boolean;
            last_consult: components["schemas"]["ConsultEnd"] | null;
            others: components["schemas"]["UserId"][];
            outsiders: string[];
            state: components["schemas"]["AgentCallState"];
            supervisors: components["schemas"]["Supervising"][];
            talks_since: string | null;
        };
        AgentCallState: "dialling" | "connecting" | "briefed" | "talking" | "held" | "consulted" | "audio_lost" | "caller_lost";
        AgentDialling: {
            rings_since: string | null;
            since: string;
            to: string;
        };
        AgentEnd: "handed_back" | "passed_on" | "left" | "consult_over" | "audio_lost" | "hung_up" | "caller_gone" | "call_ended" | "taken_over";
        AgentHost: "elevenlabs";
        AgentNow: {
            activity: components["schemas"]["AgentActivity"];
            activity_since: string;
            audio: components["schemas"]["AgentAudio"];
            extension: string | null;
            is_free: boolean;
            name: string;
            needs_help: components["schemas"]["HelpRequest"] | null;
            next_presence: components["schemas"]["Intent"] | null;
            presence: components["schemas"]["Intent"];
            presence_since: string;
            skills: string[];
            user_id: components["schemas"]["UserId"];
        };
        AgentOutcome: "talking" | "talked" | "missed" | "declined" | "accepted" | "consulted";
        AgentProfile: components["schemas"]["SpeechSettings"] & {
            after_handoff: components["schemas"]["AfterHandoff"];
            assistant_in_handoff: components["schemas"]["AssistantInHandoff"];
            custom_tools?: components["schemas"]["OfferedTool"][];
            dtmf_actions: components["schemas"]["DtmfAction"][];
            extraction?: components["schemas"]["ExtractionField"][];
            greeting: string | null;
            handoff_style: components["schemas"]["HandoffStyle"];
            handoff_words: components["schemas"]["HandoffWords"];
            id: components["schemas"]["ProfileId"];
            instructions: string;
            language: string;
            name: string;
            notice: string | null;
            organization_id: components["schemas"]["OrganizationId"];
            style: components["schemas"]["Style"];
            tools: components["schemas"]["ToolName"][];
            topics?: components["schemas"]["TopicRule"][];
            version: number;
        };
        AgentRequest: {
            wish: "hang_up";
        } | {
            wish: "hold";
        } | {
            wish: "unhold";
        } | {
            wish: "mute";
        } | {
            wish: "unmute";
        } | {
            digits: components["schemas"]["Digits"];
            wish: "send_dtmf";
        } | {
            note: string;
            wish: "hand_back";
        } | {
            note: string;
            target: string;
            wish: "transfer";
        } | {
            note?: string;
            target: string;
            wish: "consult";
        } | {
            wish: "join_consult";
        } | {
            wish: "complete_consult";
        } | {
            wish: "cancel_consult";
        } | {
            wish: "talk_now";
        };
        AgentView: {
            audio: components["schemas"]["AgentAudio"];
            calls_max: number;
            extension: string | null;
            name: string;
            revision: string;
            skills: string[];
            user_id: components["schemas"]["UserId"];
        };
        Alarm: {
            acknowledged_at: string | null;
            acknowledged_by: components["schemas"]["UserId"] | null;
            at: string;
            call_id: components["schemas"]["CallId"];
            detail: string;
            id: components["schemas"]["AlarmId"];
            rule: string;
        };
        AlarmCause: {
            longer_than_s: number;
            on: "caller_waits";
        } | {
            failure: components["schemas"]["ProviderFailure"];
            on: "assistant_failed";
        } | {
            on: "words_said";
            phrase: string;
        } | {
            longer_than_s: number;
            on: "silence";
        };
        AlarmId: string;
        AlarmOn: {
            /** @example 60 */
            longer_than_s: number;
            on: "caller_waits";
        } | {
            on: "assistant_failed";
        } | {
            by: components["schemas"]["SaidBy"];
            on: "words_said";
            /**
             * @example [
             *       "lawyer",
             *       "cancel my contract"
             *     ]
             */
            phrases: string[];
        } | {
            /** @example 30 */
            longer_than_s: number;
            on: "silence";
        };
        AlarmOnBody: {
            /** @example 60 */
            longer_than_s: number;
            on: "caller_waits";
        } | {
            on: "assistant_failed";
        } | {
            by?: components["schemas"]["SaidBy"];
            on: "words_said";
            /**
             * @example [
             *       "lawyer",
             *       "cancel my contract"
             *     ]
             */
            phrases: string[];
        } | {
            /** @example 30 */
            longer_than_s: number;
            on: "silence";
        };
        AlarmPayload: {
            at: string;
            call_id: components["schemas"]["CallId"];
            cause: components["schemas"]["AlarmCause"];
            detail: string;
            id: components["schemas"]["AlarmId"];
            rule: string;
        };
        AlarmRule: components["schemas"]["AlarmOn"] & {
            enabled: boolean;
            /** @example Waits for a minute */
            name: string;
        };
        AlarmRuleBody: components["schemas"]["AlarmOnBody"] & {
            enabled: boolean;
            /** @example Waits for a minute */
            name: string;
        };
        AlarmRulesBody: {
            revision?: string | null;
            rules: components["schemas"]["AlarmRuleBody"][];
        };
        AlarmRulesView: {
            revision: string;
            rules: components["schemas"]["AlarmRule"][];
        };
        Announcement: {
            from: string | null;
            identity?: components["schemas"]["SignedIdentity"] | null;
            to: string | null;
            variables?: {
                [key: string]: string;
            };
            writes?: boolean;
        };
        AnswerSource: "recorded" | "recorded_elsewhere" | "stand_in";
        AnswerState: "ringing" | "early" | "answered";
        AnsweredBy: "human" | "machine" | "unknown";
        Answering: {
            block_anonymous: boolean;
            blocked: components["schemas"]["Instead"];
            blocked_callers: components["schemas"]["E164"][];
            closed: components["schemas"]["Instead"] | null;
            label: string;
            mode: components["schemas"]["AnsweringMode"];
            no_capacity: components["schemas"]["Instead"];
        };
        AnsweringMode: "media_streams" | "gather";
        ApartBody: {
            one_id: components["schemas"]["CustomerId"];
            other_id: components["schemas"]["CustomerId"];
        };
        ApiToken: {
            created_at: string;
            created_by: components["schemas"]["UserId"] | null;
            expires_at: string | null;
            id: components["schemas"]["ApiTokenId"];
            last_used_at: string | null;
            name: string;
            prefix: string;
            scopes: components["schemas"]["Permission"][];
        };
        ApiTokenBody: {
            expires_in_days?: number | null;
            /** @example nightly export */
            name: string;
            scopes: components["schemas"]["Permission"][];
        };
        ApiTokenId: string;
        Appointment: {
            address: string;
            call_id: components["schemas"]["CallId"] | null;
            created_at: string;
            customer_id: components["schemas"]["CustomerId"] | null;
            ends_at: string;
            hold_until: string | null;
            id: components["schemas"]["AppointmentId"];
            lead_id: components["schemas"]["LeadId"] | null;
            name: string;
            notes: string;
            phone: components["schemas"]["E164"] | null;
            resource: string;
            sequence: number;
            service: string;
            starts_at: string;
            status: components["schemas"]["AppointmentStatus"];
            updated_at: string;
            /** @example Europe/Berlin */
            zone: string;
        };
        AppointmentBody: {
            address?: string;
            customer_id?: components["schemas"]["CustomerId"] | null;
            ends_at?: string | null;
            hold_minutes?: number | null;
            ignore_buffers?: boolean;
            lead_id?: components["schemas"]["LeadId"] | null;
            name?: string;
            notes?: string;
            phone?: components["schemas"]["E164"] | null;
            resource?: string | null;
            service: string;
            starts_at: string;
            /** @example Europe/Berlin */
            zone?: string | null;
        };
        AppointmentChange: {
            /** @default null */
            address: string | null;
            call_id?: unknown;
            created_at?: unknown;
            customer_id?: unknown;
            /** @default null */
            ends_at: string | null;
            hold_until?: unknown;
            id?: unknown;
            /** @default false */
            ignore_buffers: boolean;
            lead_id?: unknown;
            /** @default null */
            name: string | null;
            /** @default null */
            notes: string | null;
            /** @default null */
            phone: components["schemas"]["E164"] | null;
            resource?: unknown;
            sequence?: unknown;
            /** @default null */
            service: string | null;
            /** @default null */
            starts_at: string | null;
            /** @default null */
            status: components["schemas"]["NewStatus"] | null;
            updated_at?: unknown;
            zone?: unknown;
        };
        AppointmentId: string;
        AppointmentPayload: {
            address: string | null;
            call_id: components["schemas"]["CallId"] | null;
            customer_id: components["schemas"]["CustomerId"] | null;
            ends_at: string;
            id: components["schemas"]["AppointmentId"];
            name: string | null;
            phone: string | null;
            starts_at: string;
            time_zone: string;
            title: string;
        };
        AppointmentStatus: "held" | "confirmed" | "moved" | "cancelled";
        AskedView: {
            body: string;
            headers: components["schemas"]["SentHeader"][];
            method: string;
            url: string;
        };
        AssignAgents: {
            assignments: components["schemas"]["AgentAssignment"][];
        };
        AssistantActorView: {
            leg: components["schemas"]["LegId"];
            provider: string | null;
        };
        AssistantAverage: {
            calls: number;
            percent: number;
            profile_id: components["schemas"]["ProfileId"];
        };
        AssistantInHandoff: "released" | "kept";
        AssistantRole: "configured" | "standby";
        Assumptions: {
            /** @default null */
            answered_percent: number | null;
            /** @default null */
            machine_percent: number | null;
            /** @default null */
            talk_s: number | null;
        };
        AssumptionsBody: {
            /** @default null */
            answered_percent: number | null;
            /** @default null */
            machine_percent: number | null;
            /** @default null */
            talk_s: number | null;
        };
        AsteriskPolicy: {
            /** @default 120000 */
            park_timeout_ms: number;
            /** @default false */
            record_people: boolean;
            /** @default 20000 */
            ring_timeout_ms: number;
        };
        Attempt: {
            call_id: components["schemas"]["CallId"];
            campaign_id: components["schemas"]["CampaignId"];
            closed_at: string | null;
            contact_id: components["schemas"]["ContactId"];
            disposition: components["schemas"]["AttemptDisposition"] | null;
            is_unreadable: boolean;
            number: string;
            outcome: components["schemas"]["Outcome"] | null;
            reserved_at: string;
            /** @example +493098765 */
            shown: string | null;
            state: components["schemas"]["AttemptState"];
            variant: components["schemas"]["Variant"] | null;
        };
        AttemptDisposition: {
            by: components["schemas"]["DispositionBy"];
            id: components["schemas"]["DispositionId"];
            name: string;
        };
        AttemptState: "reserved" | "dialled" | "closed";
        AudioPortState: "waiting" | "in_call";
        AudioPortView: {
            expires_at: string | null;
            /** @example 10.0.0.7 */
            host: string;
            /** @example 9100 */
            port: number;
            profile: string | null;
            since: string;
            state: components["schemas"]["AudioPortState"];
            uuid: string | null;
        };
        AudioSpan: {
            from_ms: number;
            to_ms: number;
        };
        AuditEntry: {
            action: string;
            actor: components["schemas"]["Actor"];
            address: string | null;
            at: string;
            detail: string;
            id: components["schemas"]["AuditId"];
            subject: string;
        };
        AuditId: string;
        BTreeMap: {
            [key: string]: boolean | number | string;
        };
        BeginTalkBody: {
            identity?: string | null;
            writes?: boolean;
        };
        BegunAtDesk: {
            by: components["schemas"]["UserId"];
            colleague?: string | null;
        };
        Belonging: {
            created_at: string;
            id: string;
            kind: components["schemas"]["BelongingKind"];
            made: components["schemas"]["MadeBy"];
            name: string;
            without_maker: components["schemas"]["WithoutMaker"];
        };
        BelongingKind: "api_token" | "calendar_feed" | "invitation" | "talk_link" | "contact_link" | "webhook" | "integration";
        BookingRules: {
            /** @default null */
            horizon_days: number | null;
            /** @default 1 */
            notice_hours: number;
        };
        BookingRulesBody: {
            /** @default null */
            horizon_days: number | null;
            /** @default 1 */
            notice_hours: number;
        };
        BusinessBody: {
            /** @default  */
            area: string;
            /**
             * @default {
             *       "horizon_days": null,
             *       "notice_hours": 1
             *     }
             */
            bookings: components["schemas"]["BookingRulesBody"];
            /** @default null */
            escalation: components["schemas"]["EscalationBody"] | null;
            /** @default [] */
            faq: components["schemas"]["QuestionBody"][];
            /** @default [] */
            holidays: components["schemas"]["HolidayBody"][];
            /** @default null */
            hours: components["schemas"]["WeekHoursBody"] | null;
            /** @default [] */
            languages: string[];
            /** @default [] */
            may_promise: string[];
            /** @default  */
            name: string;
            /** @default [] */
            never_promise: string[];
            /** @default  */
            notes: string;
            /** @default null */
            revision: number | null;
            /** @default [] */
            services: components["schemas"]["ServiceBody"][];
            /** @default [] */
            sms_templates: components["schemas"]["SmsTemplateBody"][];
            /**
             * @default UTC
             * @example Europe/Berlin
             */
            time_zone: string;
            /** @default  */
            trade: string;
            /** @default null */
            updated_at: string | null;
        };
        BusinessProfile: {
            /** @default  */
            area: string;
            /**
             * @default {
             *       "horizon_days": null,
             *       "notice_hours": 1
             *     }
             */
            bookings: components["schemas"]["BookingRules"];
            /** @default null */
            escalation: components["schemas"]["Escalation"] | null;
            /** @default [] */
            faq: components["schemas"]["Question"][];
            /** @default [] */
            holidays: components["schemas"]["Holiday"][];
            /** @default null */
            hours: components["schemas"]["WeekHours"] | null;
            /** @default [] */
            languages: string[];
            /** @default [] */
            may_promise: string[];
            /** @default  */
            name: string;
            /** @default [] */
            never_promise: string[];
            /** @default  */
            notes: string;
            /** @default [] */
            services: components["schemas"]["Service"][];
            /** @default [] */
            sms_templates: components["schemas"]["SmsTemplate"][];
            /**
             * @default UTC
             * @example Europe/Berlin
             */
            time_zone: string;
            /** @default  */
            trade: string;
        };
        BusinessView: components["schemas"]["BusinessProfile"] & {
            revision: number;
            updated_at: string | null;
        };
        CacheState: {
            state: "in_process";
        } | {
            state: "redis";
        } | {
            reason: string;
            state: "redis_away";
        };
        Call: {
            answered_at: string | null;
            cost_micros: number;
            direction: components["schemas"]["Direction"];
            ended_at: string | null;
            failure: components["schemas"]["HandoffFailure"] | null;
            from: string | null;
            hangup_by: components["schemas"]["HangupBy"] | null;
            hangup_cause: components["schemas"]["HangupCause"] | null;
            id: components["schemas"]["CallId"];
            identity: components["schemas"]["SignedIdentity"] | null;
            last_seq: number;
            leg_kind: components["schemas"]["LegKind"] | null;
            outside_ids: components["schemas"]["OutsideId"][];
            profile_id: components["schemas"]["ProfileId"];
            provider: string | null;
            recording_lost_ms: number;
            recording_ms: number | null;
            started_at: string;
            state: components["schemas"]["CallState"];
            to: string | null;
        };
        CallActorView: {
            arbiter: number;
            assistant: components["schemas"]["AssistantActorView"] | null;
            call_id: components["schemas"]["CallId"];
            controls: components["schemas"]["ControlId"][];
            last_step: components["schemas"]["StepView"] | null;
            legs: components["schemas"]["LegActorView"][];
            mailbox: number;
            restarts: number;
            state: components["schemas"]["CallState"];
            steps: number;
        };
        CallAgentView: {
            joined_at: string | null;
            left_at: string | null;
            name: string | null;
            outcome: components["schemas"]["AgentOutcome"];
            talked_ms: number;
            user_id: components["schemas"]["UserId"];
        };
        CallExtraction: {
            at: string;
            fields: components["schemas"]["ExtractedField"][];
            profile_id: components["schemas"]["ProfileId"];
            topics: components["schemas"]["CallTopic"][];
            version: number;
        };
        CallFigures: {
            answered: number;
            average_ms: number | null;
            contained: number;
            cost_micros: number;
            handed_over: number;
            inbound: number;
            missed: number;
            open: number;
            outbound: number;
            outcomes: {
                [key: string]: number;
            };
            total: number;
        };
        CallId: string;
        CallNote: {
            author_id: components["schemas"]["UserId"] | null;
            call_id: components["schemas"]["CallId"];
            created_at: string;
            id: components["schemas"]["CallNoteId"];
            text: string;
            updated_at: string;
        };
        CallNoteBody: {
            author?: unknown;
            author_id?: unknown;
            call_id?: unknown;
            created_at?: unknown;
            id?: unknown;
            is_mine?: unknown;
            revision?: string | null;
            text: string;
            updated_at?: unknown;
        };
        CallNoteId: string;
        CallNoteView: components["schemas"]["CallNote"] & {
            author: string | null;
            is_mine: boolean;
            revision: string;
        };
        CallPayload: {
            answered_at: string | null;
            direction: components["schemas"]["Direction"];
            ended_at: string | null;
            from: string | null;
            hangup_by: components["schemas"]["HangupBy"] | null;
            hangup_cause: components["schemas"]["HangupCause"] | null;
            id: components["schemas"]["CallId"];
            profile_id: components["schemas"]["ProfileId"];
            started_at: string;
            state: components["schemas"]["CallState"];
            to: string | null;
        };
        CallPolicy: {
            asterisk: components["schemas"]["AsteriskPolicy"];
            desk_phones?: string[];
            desks?: string[];
            dial: components["schemas"]["DialPolicy"];
            escalation?: components["schemas"]["EscalationRules"] | null;
            extensions: {
                [key: string]: components["schemas"]["DialplanTarget"];
            };
            fallback_extension: string | null;
            freeswitch: components["schemas"]["FreeswitchPolicy"];
            granted?: components["schemas"]["Granted"];
            max_duration_ms: number;
            meet_timeout_ms: number;
            page_return_ms: number;
            prices: {
                [key: string]: components["schemas"]["ModelPrice"];
            };
            queues?: string[];
            resume_window_ms: number;
            rings_for_others?: boolean;
            silence_goodbye_ms: number;
            silence_prompt_ms: number;
            standby_assistant: boolean;
            twilio: components["schemas"]["TwilioPolicy"];
            unannounced: components["schemas"]["Unannounced"];
        };
        CallScore: {
            answers: components["schemas"]["BTreeMap"];
            call_id: components["schemas"]["CallId"];
            corrections: components["schemas"]["Correction"][];
            filled_at: string;
            filled_by: components["schemas"]["UserId"] | null;
            model: string | null;
            percent: number | null;
        };
        CallShare: {
            by_id: components["schemas"]["UserId"] | null;
            call_id: components["schemas"]["CallId"];
            created_at: string;
            id: components["schemas"]["CallShareId"];
            note: string;
            seen_at: string | null;
            user_id: components["schemas"]["UserId"];
        };
        CallShareBody: {
            note?: string;
            user_id: components["schemas"]["UserId"];
        };
        CallShareId: string;
        CallShareView: components["schemas"]["CallShare"] & {
            by: string | null;
            direction: components["schemas"]["Direction"];
            from: string | null;
            name: string | null;
            to: string | null;
        };
        CallState: "dialling" | "waiting" | "live" | "interrupted" | "ended";
        CallTags: {
            tags: string[];
        };
        CallTagsBody: {
            tags: string[];
        };
        CallTagsChange: {
            /** @default [] */
            add: string[];
            /** @default [] */
            remove: string[];
        };
        CallTopic: {
            by: components["schemas"]["ExtractedBy"];
            name: string;
            title: string;
        };
        CallView: components["schemas"]["Call"] & {
            agents: components["schemas"]["CallAgentView"][];
            /** @example USD */
            currency: string;
            held_since: string | null;
            judge_micros?: number | null;
            tags?: string[] | null;
            talk_ms: number | null;
            with_person: boolean;
        };
        CallViewId: string;
        CallbackId: string;
        CallbackState: "open" | "claimed" | "done";
        CallbackView: {
            about: string;
            call_id: components["schemas"]["CallId"];
            created_at: string;
            customer_id: components["schemas"]["CustomerId"] | null;
            id: components["schemas"]["CallbackId"];
            phone: components["schemas"]["E164"];
            queue_id: components["schemas"]["QueueId"] | null;
            state: components["schemas"]["CallbackState"];
            updated_at: string;
            user_id: components["schemas"]["UserId"] | null;
        };
        CallerIdView: {
            answered: number;
            calls_today: number;
            number: components["schemas"]["E164"];
            rang: number;
            rests_because: components["schemas"]["RestReason"] | null;
            rests_until: string | null;
        };
        CallingHours: {
            /** @default [] */
            assumed_zones: string[];
            /** @default [] */
            days_off: string[];
            /** @default [] */
            windows: components["schemas"]["WeekWindow"][];
        };
        CallingHoursBody: {
            /** @default [] */
            assumed_zones: string[];
            /** @default [] */
            days_off: string[];
            /** @default [] */
            windows: components["schemas"]["WeekWindowBody"][];
        };
        CallingWindow: {
            from_minute: number;
            to_minute: number;
        };
        Campaign: {
            compared_since: string | null;
            created_at: string;
            id: components["schemas"]["CampaignId"];
            name: string;
            settings: components["schemas"]["CampaignSettings"];
            state: components["schemas"]["CampaignState"];
            trouble: string | null;
            updated_at: string;
        };
        CampaignBody: {
            compared_since?: unknown;
            created_at?: unknown;
            id?: unknown;
            /** @example Renewals in May */
            name: string;
            revision?: unknown;
            settings?: components["schemas"]["CampaignSettingsBody"];
            state?: unknown;
            trouble?: unknown;
            updated_at?: unknown;
        };
        CampaignChange: {
            compared_since?: unknown;
            created_at?: unknown;
            id?: unknown;
            /** @example Renewals in May */
            name?: string | null;
            revision?: string | null;
            settings?: components["schemas"]["CampaignSettingsBody"] | null;
            state?: unknown;
            trouble?: unknown;
            updated_at?: unknown;
        };
        CampaignHour: {
            answered: number;
            hour: number;
            lift: number;
            rang: number;
            weekend: boolean;
        };
        CampaignId: string;
        CampaignInPlaceBody: {
            compared_since?: unknown;
            created_at?: unknown;
            id?: unknown;
            /** @example Renewals in May */
            name: string;
            revision?: string | null;
            settings: components["schemas"]["CampaignSettingsBody"];
            state?: unknown;
            trouble?: unknown;
            updated_at?: unknown;
        };
        CampaignSettings: {
            /** @default  */
            abandoned_message: string;
            /** @default 30 */
            answer_timeout_s: number;
            /** @default 100 */
            caller_id_calls_per_day_max: number;
            /** @default [] */
            caller_ids: string[];
            /**
             * @default {
             *       "conditions": [],
             *       "needs": "all"
             *     }
             */
            filter: components["schemas"]["ContactFilter"];
            /**
             * @default null
             * @example +493098765
             */
            from: string | null;
            /** @default null */
            goal: components["schemas"]["DispositionId"] | null;
            /** @default auto */
            mailbox_detection: components["schemas"]["MailboxDetection"];
            /** @default null */
            mailbox_disposition: components["schemas"]["DispositionId"] | null;
            /** @default null */
            profile: string | null;
            /** @default null */
            queue: string | null;
            /**
             * @default {
             *       "abandoned_permille_max": 30,
             *       "at_once_max": 1,
             *       "consent": "",
             *       "hours": {
             *         "assumed_zones": [],
             *         "days_off": [],
             *         "windows": []
             *       },
             *       "mode": "assistants",
             *       "per_minute_max": 30,
             *       "retries": {
             *         "abandoned": {
             *           "growth_percent": 100,
             *           "pause_s": 259200,
             *           "tries": 2
             *         },
             *         "best_hour": false,
             *         "busy": {
             *           "growth_percent": 200,
             *           "pause_s": 900,
             *           "tries": 3
             *         },
             *         "declined": {
             *           "growth_percent": 100,
             *           "pause_s": 86400,
             *           "tries": 1
             *         },
             *         "failed": {
             *           "growth_percent": 300,
             *           "pause_s": 600,
             *           "tries": 3
             *         },
             *         "machine": {
             *           "growth_percent": 200,
             *           "pause_s": 21600,
             *           "tries": 3
             *         },
             *         "no_answer": {
             *           "growth_percent": 200,
             *           "pause_s": 14400,
             *           "tries": 3
             *         },
             *         "tries_max": 5
             *       }
             *     }
             */
            rules: components["schemas"]["Rules"];
            /** @default false */
            sends_email: boolean;
            /** @default null */
            switch: string | null;
            /** @default null */
            variant: components["schemas"]["VariantB"] | null;
            /** @default null */
            version: number | null;
            /**
             * @default {
             *       "do": "hang_up"
             *     }
             */
            voicemail: components["schemas"]["OnVoicemail"];
        };
        CampaignSettingsBody: {
            /** @default  */
            abandoned_message: string;
            /** @default 30 */
            answer_timeout_s: number;
            /** @default 100 */
            caller_id_calls_per_day_max: number;
            /** @default [] */
            caller_ids: string[];
            /**
             * @default {
             *       "conditions": [],
             *       "needs": "all"
             *     }
             */
            filter: components["schemas"]["ContactFilterBody"];
            /**
             * @default null
             * @example +493098765
             */
            from: string | null;
            /** @default null */
            goal: components["schemas"]["DispositionId"] | null;
            /** @default auto */
            mailbox_detection: components["schemas"]["MailboxDetection"];
            /** @default null */
            mailbox_disposition: components["schemas"]["DispositionId"] | null;
            /** @default null */
            profile: string | null;
            /** @default null */
            queue: string | null;
            /**
             * @default {
             *       "abandoned_permille_max": 30,
             *       "at_once_max": 1,
             *       "consent": "",
             *       "hours": {
             *         "assumed_zones": [],
             *         "days_off": [],
             *         "windows": []
             *       },
             *       "mode": "assistants",
             *       "per_minute_max": 30,
             *       "retries": {
             *         "abandoned": {
             *           "growth_percent": 100,
             *           "pause_s": 259200,
             *           "tries": 2
             *         },
             *         "best_hour": false,
             *         "busy": {
             *           "growth_percent": 200,
             *           "pause_s": 900,
             *           "tries": 3
             *         },
             *         "declined": {
             *           "growth_percent": 100,
             *           "pause_s": 86400,
             *           "tries": 1
             *         },
             *         "failed": {
             *           "growth_percent": 300,
             *           "pause_s": 600,
             *           "tries": 3
             *         },
             *         "machine": {
             *           "growth_percent": 200,
             *           "pause_s": 21600,
             *           "tries": 3
             *         },
             *         "no_answer": {
             *           "growth_percent": 200,
             *           "pause_s": 14400,
             *           "tries": 3
             *         },
             *         "tries_max": 5
             *       }
             *     }
             */
            rules: components["schemas"]["RulesBody"];
            /** @default false */
            sends_email: boolean;
            /** @default null */
            switch: string | null;
            /** @default null */
            variant: components["schemas"]["VariantBBody"] | null;
            /** @default null */
            version: number | null;
            /**
             * @default {
             *       "do": "hang_up"
             *     }
             */
            voicemail: components["schemas"]["OnVoicemail"];
        };
        CampaignState: "draft" | "running" | "paused" | "stopped" | "finished";
        CampaignView: components["schemas"]["Campaign"] & {
            revision: string;
        };
        Capability: "converse" | "hang_up" | "hold" | "transfer_blind" | "transfer_attended" | "check_extension" | "play" | "send_dtmf" | "park" | "set_variables";
        CascadeIntegration: {
            llm_base_url?: string | null;
            llm_model?: string | null;
            /** @default deepgram */
            recognizer: components["schemas"]["CascadeRecognizer"];
            recognizer_model?: string | null;
            recognizer_url?: string | null;
            region?: components["schemas"]["DataRegion"] | null;
            /** @default openai */
            speech: components["schemas"]["CascadeSpeech"];
            speech_base_url?: string | null;
            /** @default pcm */
            speech_format: components["schemas"]["CascadeSpeechFormat"];
            speech_model?: string | null;
            speech_voice?: string | null;
        };
        CascadeRecognizer: "deepgram" | "openai";
        CascadeSpeech: "openai" | "elevenlabs";
        CascadeSpeechFormat: "pcm" | "wav";
        Channel: "both" | "caller";
        ChannelSeen: {
            answer_state: components["schemas"]["AnswerState"];
            bridged_with: string | null;
            domain: string | null;
            from?: string | null;
            is_held?: boolean | null;
            read_rate: number | null;
            switch?: components["schemas"]["SwitchKind"];
            to?: string | null;
            unrouted?: string | null;
            unrouted_for?: components["schemas"]["HandoffFailure"] | null;
        };
        CheckKind: "tool" | "words" | "forbidden" | "meaning";
        ChoiceBody: {
            id?: unknown;
            /** @example Sold */
            name: string;
            position?: unknown;
        };
        ChoiceView: {
            id: string;
            name: string;
            position: number;
        };
        CircuitView: "closed" | "open" | "tried";
        CodeBody: {
            /** @example 123456 */
            code: string;
        };
        /** @example 7 */
        CommandId: string;
        ComparisonVerdict: "too_few" | "may_be_chance" | "a_better" | "b_better";
        ComparisonView: {
            a: components["schemas"]["VariantView"];
            answered_min: number;
            b: components["schemas"]["VariantView"];
            p_value: number | null;
            since: string;
            verdict: components["schemas"]["ComparisonVerdict"];
        };
        ConfirmEmailBody: {
            token: string;
        };
        ConfirmedEmailView: {
            email: components["schemas"]["EmailAddress"];
        };
        ConnectionView: {
            agent: components["schemas"]["UserId"] | null;
            leg: components["schemas"]["LegId"];
            quality: components["schemas"]["LineQuality"];
        };
        ConsultEnd: {
            how: "joined";
        } | {
            how: "completed";
        } | {
            how: "cancelled";
        } | {
            failure: components["schemas"]["HandoffFailure"];
            how: "not_reached";
        } | {
            how: "colleague_left";
        };
        Contact: {
            campaign_id: components["schemas"]["CampaignId"];
            consent: string;
            created_at: string;
            end: components["schemas"]["End"] | null;
            id: components["schemas"]["ContactId"];
            last_outcome: components["schemas"]["Outcome"] | null;
            next_at: string;
            number: components["schemas"]["E164"];
            state: components["schemas"]["ContactState"];
            tries: number;
            variables: {
                [key: string]: string;
            };
            /** @example Europe/Berlin */
            zone: string | null;
        };
        ContactBody: {
            consent?: string;
            /** @example +493012345678 */
            number: string;
            variables?: {
                [key: string]: string;
            };
            /** @example Europe/Berlin */
            zone?: string;
        };
        ContactFilter: {
            /** @default [] */
            conditions: components["schemas"]["FilterCondition"][];
            /** @default all */
            needs: components["schemas"]["FilterNeeds"];
        };
        ContactFilterBody: {
            /** @default [] */
            conditions: components["schemas"]["FilterConditionBody"][];
            /** @default all */
            needs: components["schemas"]["FilterNeeds"];
        };
        ContactId: string;
        ContactImportView: {
            added: number;
            columns_left_out: string[];
            consent_refused: number;
            /** @example UTF-8 */
            encoding: string;
            errors: components["schemas"]["RowFault"][];
            first: components["schemas"]["Contact"][];
            good: number;
            known: number;
            rows: number;
            variables: string[];
        };
        ContactLink: {
            added: number;
            campaign_id: components["schemas"]["CampaignId"];
            created_at: string;
            enabled: boolean;
            expires_at: string | null;
            id: components["schemas"]["ContactLinkId"];
            known: number;
            last_used_at: string | null;
            mapping: components["schemas"]["ContactMapping"];
            name: string;
            refusals: components["schemas"]["ContactRefusal"][];
            refused: number;
            signature_header: string;
            signing_secret_made_at: string | null;
        };
        ContactLinkBody: {
            added?: unknown;
            campaign_id?: unknown;
            created_at?: unknown;
            enabled?: boolean;
            expires_at?: string | null;
            id?: unknown;
            known?: unknown;
            last_used_at?: unknown;
            mapping?: components["schemas"]["ContactMappingBody"];
            /** @example Form on our website */
            name: string;
            refusals?: unknown;
            refused?: unknown;
            revision?: unknown;
            /** @example x-hub-signature-256 */
            signature_header?: string | null;
            signing_secret_made_at?: unknown;
        };
        ContactLinkChange: {
            added?: unknown;
            campaign_id?: unknown;
            created_at?: unknown;
            enabled?: boolean | null;
            expires_at?: string | null;
            id?: unknown;
            known?: unknown;
            last_used_at?: unknown;
            mapping?: components["schemas"]["ContactMappingBody"] | null;
            /** @example Form on our website */
            name?: string | null;
            refusals?: unknown;
            refused?: unknown;
            revision?: string | null;
            /** @example x-hub-signature-256 */
            signature_header?: string | null;
            signing_secret_made_at?: unknown;
        };
        ContactLinkId: string;
        ContactLinkInPlaceBody: {
            added?: unknown;
            campaign_id?: unknown;
            created_at?: unknown;
            enabled: boolean;
            expires_at?: string | null;
            id?: unknown;
            known?: unknown;
            last_used_at?: unknown;
            mapping?: components["schemas"]["ContactMappingBody"];
            /** @example Form on our website */
            name: string;
            refusals?: unknown;
            refused?: unknown;
            revision?: string | null;
            /** @example x-hub-signature-256 */
            signature_header?: string | null;
            signing_secret_made_at?: unknown;
        };
        ContactLinkView: components["schemas"]["ContactLink"] & {
            revision: string;
        };
        ContactLinkWithSecret: components["schemas"]["ContactLinkView"] & {
            secret: string;
        };
        ContactMapping: {
            /**
             * @default
             * @example fields.consent
             */
            consent: string;
            /**
             * @default
             * @example data.leads
             */
            contacts: string;
            /**
             * @default
             * @example 49
             */
            country_code: string;
            /**
             * @default
             * @example form of the shop, box ticked
             */
            evidence: string;
            /**
             * @default
             * @example contact.full_name
             */
            name: string;
            /**
             * @default
             * @example contact.phone
             */
            number: string;
            /**
             * @default {}
             * @example {
             *       "order": "order.id"
             *     }
             */
            variables: {
                [key: string]: string;
            };
            /**
             * @default
             * @example contact.time_zone
             */
            zone: string;
        };
        ContactMappingBody: {
            /**
             * @default
             * @example fields.consent
             */
            consent: string;
            /**
             * @default
             * @example data.leads
             */
            contacts: string;
            /**
             * @default
             * @example 49
             */
            country_code: string;
            /**
             * @default
             * @example form of the shop, box ticked
             */
            evidence: string;
            /**
             * @default
             * @example contact.full_name
             */
            name: string;
            /**
             * @default
             * @example contact.phone
             */
            number: string;
            /**
             * @default {}
             * @example {
             *       "order": "order.id"
             *     }
             */
            variables: {
                [key: string]: string;
            };
            /**
             * @default
             * @example contact.time_zone
             */
            zone: string;
        };
        ContactPostView: {
            added: number;
            errors: components["schemas"]["Fault"][];
            known: number;
            left_out: number;
            refused: number;
        };
        ContactRefusal: {
            at: string;
            code: string;
            field: string;
            params: Record<string, never>;
            reason: string;
            taken: boolean;
        };
        ContactState: "waiting" | "left_out" | "calling" | "done";
        ContactTrialBody: {
            /** @example {"phone": "+493012345678", "name": "Ada"} */
            body: string;
            kind?: components["schemas"]["PostKind"];
            mapping?: components["schemas"]["ContactMappingBody"];
        };
        ContactTrialView: {
            contacts: components["schemas"]["TriedContactView"][];
            left_out: number;
        };
        ContactView: components["schemas"]["ListedContact"] & {
            attempts: components["schemas"]["Attempt"][];
        };
        ContactsBody: {
            contacts: components["schemas"]["ContactBody"][];
        };
        ControlId: number;
        ControlLink: {
            control: components["schemas"]["ControlId"];
            via: "outbound";
        } | {
            via: "inbound";
        };
        ConversationReport: {
            /** @default  */
            conversation_id: string;
            /** @default null */
            cost_credits: number | null;
            /** @default null */
            duration_s: number | null;
            /** @default null */
            ended_because: string | null;
            /** @default null */
            outcome: string | null;
            /** @default null */
            summary: string | null;
        };
        Correction: {
            after: components["schemas"]["Score"] | null;
            at: string;
            before: components["schemas"]["Score"] | null;
            by: components["schemas"]["UserId"] | null;
            question: string;
        };
        CountedAs: "call" | "contained" | "handed_over" | "missed";
        CountryRuleView: {
            country: string;
            holidays_source: string;
            needs_consent: boolean;
            per_30_days_max: number;
            per_day_max: number;
            saturday: components["schemas"]["CallingWindow"][];
            source: string;
            state: string | null;
            sunday: components["schemas"]["CallingWindow"][];
            weekdays: components["schemas"]["CallingWindow"][];
        };
        /** @example EUR */
        Currency: string;
        CustomToolBody: {
            description: string;
            headers?: components["schemas"]["HeaderBody"][];
            id?: unknown;
            method: components["schemas"]["ToolMethod"];
            /** @example look_up_stock */
            name: string;
            parameters: Record<string, never>;
            revision?: string | null;
            /** @default 5000 */
            timeout_ms: number;
            /** @example https://shop.example/stock/{article} */
            url: string;
        };
        CustomToolId: string;
        CustomToolView: {
            description: string;
            headers: components["schemas"]["HeaderView"][];
            id: components["schemas"]["CustomToolId"];
            method: components["schemas"]["ToolMethod"];
            name: string;
            parameters: Record<string, never>;
            revision: string;
            timeout_ms: number;
            url: string;
        };
        Customer: {
            address: string;
            created_at: string;
            email: string;
            id: components["schemas"]["CustomerId"];
            language: string;
            name: string;
            notes: string;
            other_numbers: components["schemas"]["E164"][];
            phone: components["schemas"]["E164"] | null;
            sms_opted_out: boolean;
            tags: string[];
            updated_at: string;
            verified: boolean;
        };
        CustomerChange: {
            /** @default null */
            address: string | null;
            created_at?: unknown;
            /** @default null */
            email: string | null;
            id?: unknown;
            /**
             * @default null
             * @example pt-BR
             */
            language: string | null;
            /** @default null */
            name: string | null;
            /** @default null */
            notes: string | null;
            /** @default null */
            other_numbers: components["schemas"]["E164"][] | null;
            /** @default null */
            phone: components["schemas"]["E164"] | null;
            /** @default null */
            sms_opted_out: boolean | null;
            /** @default null */
            tags: string[] | null;
            updated_at?: unknown;
            /** @default null */
            verified: boolean | null;
        };
        CustomerColumn: "name" | "first_name" | "last_name" | "company" | "phone" | "email" | "address" | "language" | "tags" | "notes" | "sms_opted_out" | "do_not_call" | "skip";
        CustomerColumnView: {
            examples: string[];
            field: components["schemas"]["CustomerColumn"];
            name: string;
        };
        CustomerData: {
            activities: components["schemas"]["ProfileActivity"][];
            call_id: components["schemas"]["CallId"] | null;
            call_sid: string | null;
            conversation_history: components["schemas"]["ProfileLine"][];
            customer: components["schemas"]["ProfileCustomer"];
            earlier_calls: components["schemas"]["EarlierCall"][];
            profile_source: components["schemas"]["ProfileSource"];
            source: components["schemas"]["FoundBy"];
            summary: string;
            variables: {
                [key: string]: string;
            };
        };
        CustomerId: string;
        CustomerImportView: {
            changed: number;
            columns: components["schemas"]["CustomerColumnView"][];
            created: number;
            do_not_call: number;
            /** @example UTF-8 */
            encoding: string;
            errors: components["schemas"]["RowFault"][];
            first: components["schemas"]["Customer"][];
            refused: number;
            refused_rows: components["schemas"]["RefusedRow"][];
            rows: number;
            unchanged: number;
        };
        Cut: "all" | "number" | "profile" | "version" | "queue" | "agent" | "provider" | "campaign" | "topic" | "extraction";
        Dashboard: {
            bookings: {
                [key: string]: number;
            };
            calls: components["schemas"]["CallFigures"];
            currency: string;
            days: components["schemas"]["DayFigures"][];
            from: string;
            handoffs: components["schemas"]["HandoffFigures"];
            leads: components["schemas"]["LeadFigures"];
            to: string;
            /** @example Europe/Berlin */
            tz: string;
        };
        DataRegion: "eu" | "us";
        DayByHour: {
            currency: string;
            date: string;
            hours: components["schemas"]["HourFigures"][];
            /** @example Europe/Berlin */
            tz: string;
        };
        DayFigures: {
            bookings: number;
            calls: components["schemas"]["CallFigures"];
            date: string;
            handoffs: number;
            leads: number;
        };
        DaySpan: {
            from: components["schemas"]["TimeOfDay"];
            to: components["schemas"]["TimeOfDay"];
        };
        DaySpanBody: {
            from: components["schemas"]["TimeOfDay"];
            to: components["schemas"]["TimeOfDay"];
        };
        Decision: {
            kind: "answered";
        } | {
            kind: "notice_given";
            text: string;
            version: number;
        } | {
            deadline: string;
            kind: "deadline_stuck";
        } | {
            digit: components["schemas"]["Digit"];
            kind: "key_told_again";
        } | {
            action: components["schemas"]["KeyAction"];
            digits: components["schemas"]["Digits"];
            kind: "key_pressed";
        } | {
            heard_ms: number;
            item: components["schemas"]["ItemId"];
            kind: "barge_in";
        } | {
            end: components["schemas"]["PlayedEnd"];
            heard_ms: number;
            item: components["schemas"]["ItemId"];
            kind: "assistant_said";
            text: string;
        } | {
            heard_ms: number;
            item: components["schemas"]["ItemId"];
            kind: "whispered";
            text: string;
            user_id: components["schemas"]["UserId"] | null;
        } | {
            kind: "caller_said";
            text: string;
        } | {
            effect: components["schemas"]["EffectId"];
            kind: "tool_started";
            origin: components["schemas"]["ToolOrigin"];
            tool: components["schemas"]["ToolName"];
        } | {
            effect: components["schemas"]["EffectId"];
            kind: "custom_tool_started";
            origin: components["schemas"]["ToolOrigin"];
            tool: string;
        } | (components["schemas"]["ToolOutcome"] & {
            effect: components["schemas"]["EffectId"];
            took_ms: number;
            tool: string;
        } & {
            kind: "tool_finished";
        }) | {
            effect: components["schemas"]["EffectId"];
            from_ms: number;
            kind: "message_taken";
            speech_ms: number;
            to_ms: number;
        } | {
            effect: components["schemas"]["EffectId"];
            kind: "lead_created";
            lead_id: components["schemas"]["LeadId"];
        } | {
            effect: components["schemas"]["EffectId"];
            kind: "lead_updated";
            lead_id: components["schemas"]["LeadId"];
        } | {
            appointment_id: components["schemas"]["AppointmentId"];
            effect: components["schemas"]["EffectId"];
            kind: "appointment_held";
        } | {
            appointment_id: components["schemas"]["AppointmentId"];
            effect: components["schemas"]["EffectId"];
            kind: "appointment_booked";
        } | {
            appointment_id: components["schemas"]["AppointmentId"];
            effect: components["schemas"]["EffectId"];
            kind: "appointment_moved";
        } | {
            appointment_id: components["schemas"]["AppointmentId"];
            effect: components["schemas"]["EffectId"];
            kind: "appointment_cancelled";
        } | {
            effect: components["schemas"]["EffectId"];
            kind: "text_queued";
            message_id: components["schemas"]["MessageId"];
        } | {
            effect: components["schemas"]["EffectId"];
            kind: "number_suppressed";
        } | {
            activity_id: components["schemas"]["ActivityId"];
            effect: components["schemas"]["EffectId"];
            kind: "activity_created";
        } | {
            activity_id: components["schemas"]["ActivityId"];
            effect: components["schemas"]["EffectId"];
            kind: "activity_updated";
        } | {
            activity_id: components["schemas"]["ActivityId"];
            effect: components["schemas"]["EffectId"];
            kind: "activity_completed";
        } | {
            kind: "silence_prompted";
        } | {
            kind: "interrupted";
            until: string;
        } | {
            kind: "returning";
            until: string;
        } | {
            away_ms: number;
            kind: "resumed";
        } | {
            kind: "next_answered";
            next: components["schemas"]["NextStep"];
        } | {
            failure: components["schemas"]["ProviderFailure"];
            kind: "assistant_replaced";
            leg: components["schemas"]["LegId"];
            place: number;
            role: components["schemas"]["AssistantRole"];
        } | {
            attempt: number;
            kind: "assistant_tried";
            leg: components["schemas"]["LegId"];
            place: number;
        } | {
            attempts: number;
            away_ms: number;
            kind: "assistant_returned";
            leg: components["schemas"]["LegId"];
            place: number;
        } | {
            failure: components["schemas"]["ProviderFailure"];
            kind: "assistant_given_up";
        } | {
            cap_micros: number;
            kind: "cost_cap_reached";
            place: number;
            spent_micros: number;
        } | {
            cost_micros: number;
            kind: "charged";
            model: string;
        } | {
            kind: "mode_changed";
            mode: components["schemas"]["FreeswitchMode"];
        } | {
            capabilities: components["schemas"]["Capability"][];
            kind: "capabilities_changed";
        } | {
            kind: "hold_began";
        } | {
            held_ms: number;
            kind: "hold_ended";
        } | {
            kind: "transfer_requested";
            target: string;
        } | {
            failure: components["schemas"]["HandoffFailure"];
            kind: "transfer_failed";
            target: string;
            transfer: components["schemas"]["EffectId"];
        } | {
            kind: "forward_refused";
            reason: string;
            target: string;
        } | {
            kind: "document_answered";
            step: components["schemas"]["DocumentStep"];
        } | {
            kind: "person_wished";
            phrase: string;
        } | {
            handoff: components["schemas"]["EffectId"];
            kind: "handoff_requested";
            reason: string;
            target: string;
        } | {
            handoff: components["schemas"]["EffectId"];
            kind: "agent_requested";
            reason: string;
            target: string;
        } | {
            handoff: components["schemas"]["EffectId"];
            kind: "profile_not_awaited";
        } | {
            handoff: components["schemas"]["EffectId"];
            kind: "handoff_bridged";
        } | {
            handoff: components["schemas"]["EffectId"];
            kind: "agent_joined";
            leg: components["schemas"]["LegId"];
            user_id: components["schemas"]["UserId"];
        } | {
            how: components["schemas"]["AgentEnd"];
            kind: "agent_left";
            talked_ms: number | null;
            user_id: components["schemas"]["UserId"];
        } | {
            kind: "supervisor_joined";
            leg: components["schemas"]["LegId"];
            mode: components["schemas"]["SupervisionMode"];
            user_id: components["schemas"]["UserId"];
        } | {
            kind: "supervision_changed";
            mode: components["schemas"]["SupervisionMode"];
            user_id: components["schemas"]["UserId"];
        } | {
            heard_ms: number | null;
            how: components["schemas"]["SupervisionEnd"];
            kind: "supervisor_left";
            user_id: components["schemas"]["UserId"];
        } | {
            kind: "handed_back";
            note: string;
            user_id: components["schemas"]["UserId"];
        } | {
            kind: "passed_on";
            note: string;
            target: string;
            user_id: components["schemas"]["UserId"];
        } | {
            consult: components["schemas"]["EffectId"];
            kind: "consult_began";
            target: string;
            user_id: components["schemas"]["UserId"];
        } | {
            consult: components["schemas"]["EffectId"];
            kind: "colleague_joined";
            leg: components["schemas"]["LegId"];
            user_id: components["schemas"]["UserId"];
        } | {
            kind: "phone_rung";
            ringing: components["schemas"]["EffectId"];
            target: string;
            user_id: components["schemas"]["UserId"];
        } | {
            consult: components["schemas"]["EffectId"];
            kind: "outsider_answered";
            leg: components["schemas"]["LegId"];
            target: string;
        } | {
            consult: components["schemas"]["EffectId"];
            kind: "outsider_joined";
            target: string;
        } | {
            consult: components["schemas"]["EffectId"];
            kind: "outsider_left";
            talked_ms: number | null;
            target: string;
        } | {
            consult: components["schemas"]["EffectId"];
            end: components["schemas"]["ConsultEnd"];
            kind: "consult_ended";
        } | {
            effect: components["schemas"]["EffectId"];
            kind: "callback_noted";
            phone: components["schemas"]["E164"];
            queue_id: components["schemas"]["QueueId"];
        } | {
            failure: components["schemas"]["HandoffFailure"];
            handoff: components["schemas"]["EffectId"];
            kind: "handoff_abandoned";
        } | {
            handoff: components["schemas"]["EffectId"];
            kind: "caller_returned";
        } | {
            kind: "park_ended";
            parked_ms: number;
        } | {
            kind: "person_recording_began";
            recording: components["schemas"]["EffectId"];
        } | {
            kind: "person_recording_ended";
            recording: components["schemas"]["EffectId"];
        } | {
            kind: "dial_requested";
            target: string;
        } | {
            failure: components["schemas"]["HandoffFailure"];
            kind: "outbound_failed";
        } | (components["schemas"]["Ending"] & {
            next: components["schemas"]["NextStep"];
        } & {
            kind: "ended";
        });
        DeletedRecords: {
            id: components["schemas"]["RetentionPartId"];
            present_ids: string[];
            record_ids: string[];
            type: components["schemas"]["DeletedType"];
        };
        DeletedType: "recording" | "words" | "call" | "message" | "appointment" | "lead" | "contact" | "customer" | "audit_entry";
        Delivery: {
            answer: string | null;
            attempts: number;
            channel: components["schemas"]["DeliveryChannel"];
            created_at: string;
            event: string;
            id: components["schemas"]["DeliveryId"];
            next_attempt_at: string | null;
            state: components["schemas"]["DeliveryState"];
            status: number | null;
            target: string;
            tried_at: string | null;
            webhook_id: components["schemas"]["WebhookId"] | null;
        };
        DeliveryChannel: "webhook" | "email" | "sms" | "dialler";
        DeliveryId: string;
        DeliveryState: "waiting" | "delivered" | "failed";
        DeskCommand: {
            command: "snapshot";
        } | {
            command: "ping";
        } | {
            command: "set_presence";
            presence: components["schemas"]["IntentBody"];
        } | {
            command: "set_next_presence";
            presence?: components["schemas"]["IntentBody"] | null;
        } | {
            command: "accept";
            offer_id: components["schemas"]["OfferId"];
        } | {
            command: "decline";
            offer_id: components["schemas"]["OfferId"];
        } | {
            call_id: components["schemas"]["CallId"];
            command: "audio";
        } | {
            call_id: components["schemas"]["CallId"];
            command: "hang_up";
        } | {
            call_id: components["schemas"]["CallId"];
            command: "hold";
        } | {
            call_id: components["schemas"]["CallId"];
            command: "unhold";
        } | {
            call_id: components["schemas"]["CallId"];
            command: "mute";
        } | {
            call_id: components["schemas"]["CallId"];
            command: "unmute";
        } | {
            call_id: components["schemas"]["CallId"];
            command: "send_dtmf";
            digits: components["schemas"]["Digits"];
        } | {
            call_id: components["schemas"]["CallId"];
            command: "hand_back";
            note?: string;
        } | {
            call_id: components["schemas"]["CallId"];
            command: "transfer";
            note?: string;
            target: string;
        } | {
            call_id: components["schemas"]["CallId"];
            command: "consult";
            note?: string;
            target: string;
        } | {
            call_id: components["schemas"]["CallId"];
            command: "join_consult";
        } | {
            call_id: components["schemas"]["CallId"];
            command: "complete_consult";
        } | {
            call_id: components["schemas"]["CallId"];
            command: "cancel_consult";
        } | {
            call_id: components["schemas"]["CallId"];
            command: "talk_now";
        } | {
            callback_id?: components["schemas"]["CallbackId"] | null;
            command: "dial";
            to?: string | null;
        } | {
            command: "call_colleague";
            target: string;
        } | {
            call_id: components["schemas"]["CallId"];
            command: "need_help";
            note?: string;
        } | {
            command: "help_over";
        };
        DeskConsult: {
            by: components["schemas"]["UserId"];
            is_there: boolean;
            target: string;
            with: components["schemas"]["UserId"] | null;
        };
        DeskEvent: {
            agents: components["schemas"]["AgentNow"][];
            calls: components["schemas"]["AgentCall"][];
            dispositions: components["schemas"]["Disposition"][];
            kind: "snapshot";
            me: components["schemas"]["UserId"];
            offers: components["schemas"]["DeskOffer"][];
            presence_reasons: components["schemas"]["PresenceReason"][];
            profiles_available: boolean;
            queues: components["schemas"]["DeskQueue"][];
            version: number;
            wrap_ups: components["schemas"]["DeskWrapUp"][];
        } | {
            agents: components["schemas"]["AgentNow"][];
            kind: "changed";
            queues: components["schemas"]["DeskQueue"][];
        } | {
            agents: components["schemas"]["AgentNow"][];
            kind: "floor";
            queues: components["schemas"]["DeskQueue"][];
        } | {
            kind: "offered";
            offer: components["schemas"]["DeskOffer"];
        } | {
            kind: "offer_gone";
            offer_id: components["schemas"]["OfferId"];
            taken_by?: string | null;
            why: components["schemas"]["OfferGone"];
        } | {
            call_id: components["schemas"]["CallId"];
            failure: components["schemas"]["HandoffFailure"];
            kind: "not_reached";
            to: string;
        } | {
            calls: components["schemas"]["AgentCall"][];
            kind: "work";
            wrap_ups: components["schemas"]["DeskWrapUp"][];
        } | {
            available: boolean;
            kind: "profiles";
        };
        DeskMessage: components["schemas"]["DeskEvent"] & {
            at: string;
            seq: number;
        };
        DeskOffer: {
            by: components["schemas"]["UserId"] | null;
            call_id: components["schemas"]["CallId"];
            id: components["schemas"]["OfferId"];
            queue_id: components["schemas"]["QueueId"] | null;
            reason: string;
            since: string;
            until: string;
            waits_since: string;
        };
        DeskQueue: {
            id: components["schemas"]["QueueId"];
            longest_since: string | null;
            members: components["schemas"]["UserId"][];
            name: string;
            title: string;
            waiting: number;
            wrap_up_required: boolean;
            wrap_up_s: number;
        };
        DeskRequest: components["schemas"]["DeskCommand"] & {
            id: components["schemas"]["CommandId"];
        };
        DeskWrapUp: {
            call_id: components["schemas"]["CallId"];
            queue_id: components["schemas"]["QueueId"] | null;
            since: string;
        };
        DetectedBy: "line" | "own";
        DetectionView: {
            by: components["schemas"]["DetectedBy"];
            machines: number;
            machines_wrong: number;
            people: number;
            people_wrong: number;
            unknown: number;
        };
        DialPolicy: {
            /** @default [] */
            numbers_allowed: components["schemas"]["NumberPattern"][];
            /** @default 5 */
            per_call_max: number;
            /** @default 1000 */
            per_day_max: number;
        };
        DialPolicyBody: {
            numbers_allowed?: components["schemas"]["NumberPattern"][] | null;
            per_call_max?: number | null;
            per_day_max?: number | null;
            revision?: string | null;
        };
        DialPolicyView: components["schemas"]["DialPolicy"] & {
            revision: string;
        };
        DialProgress: "ringing" | "early_media";
        DialTarget: components["schemas"]["Dialable"];
        Dialable: {
            dial: "extension";
            name: string;
            place: components["schemas"]["DialplanTarget"];
        } | {
            dial: "number";
            number: components["schemas"]["PhoneNumber"];
        };
        Dialled: {
            answer_timeout_ms: number;
            channel: string;
            from?: components["schemas"]["PhoneNumber"] | null;
            heeds_opt_out?: boolean;
            kind: components["schemas"]["SwitchKind"];
            mailbox_detection?: components["schemas"]["MailboxDetection"];
            on_answer?: components["schemas"]["ToQueue"] | null;
            switch: string;
            target: components["schemas"]["DialTarget"];
            variables?: {
                [key: string]: string;
            };
            voicemail: components["schemas"]["OnVoicemail"];
        };
        DialplanRefused: {
            /** @example 10.0.0.5 */
            address: string;
            last_at: string;
            requests: number;
        };
        /** @example internal,2001,1 */
        DialplanTarget: string;
        DiffView: {
            changes: components["schemas"]["FieldChange"][];
            from: number | null;
            from_draft: components["schemas"]["DraftSlot"] | null;
            to: number | null;
            to_draft: components["schemas"]["DraftSlot"] | null;
        };
        Digit: string;
        /** @example 12# */
        Digits: string;
        Direction: "inbound" | "outbound" | "internal";
        Disposition: {
            id: components["schemas"]["DispositionId"];
            name: string;
            organization_id: components["schemas"]["OrganizationId"];
            position: number;
        };
        DispositionBy: "assistant" | "agent";
        DispositionCount: {
            by_agents: number;
            by_assistant: number;
            count: number;
            id: components["schemas"]["DispositionId"];
            name: string | null;
        };
        DispositionId: string;
        DocumentQuestion: {
            ask: "turned_away";
            instead: components["schemas"]["Instead"];
            why: components["schemas"]["TurnedAway"];
        } | {
            ask: "begun";
        } | {
            ask: "heard";
            keys?: string | null;
            words?: string | null;
        } | {
            ask: "transfer";
            extension: string;
        } | {
            ask: "dialled";
            failure?: components["schemas"]["HandoffFailure"] | null;
        } | {
            ask: "recorded";
        };
        DocumentStep: {
            reject: {
                busy: boolean;
            };
        } | {
            say: {
                passages: components["schemas"]["Passage"][];
                text: string;
            };
        } | {
            record: {
                passages: components["schemas"]["Passage"][];
                text: string;
            };
        } | {
            ask: {
                language: string;
                one_key: boolean;
                passages: components["schemas"]["Passage"][];
                text: string;
            };
        } | {
            transfer: {
                extension: string;
                passages: components["schemas"]["Passage"][];
                text: string;
            };
        } | {
            dial: {
                target: components["schemas"]["DialTarget"];
            };
        } | {
            room: {
                handoff: components["schemas"]["EffectId"];
            };
        } | "stream" | "hang_up";
        DoubleView: {
            one: components["schemas"]["Customer"];
            other: components["schemas"]["Customer"];
            why: components["schemas"]["Likeness"][];
        };
        DoublesView: {
            items: components["schemas"]["DoubleView"][];
            looked_at: number;
        };
        DraftSlot: "a" | "b";
        DraftView: {
            draft: components["schemas"]["DraftSlot"];
            profile: components["schemas"]["ProfileView"];
        };
        DraftsView: {
            items: components["schemas"]["DraftView"][];
            next_cursor: string | null;
            unreadable: components["schemas"]["UnreadableDraftView"][];
        };
        DrainBody: {
            timeout_s?: number | null;
        };
        DtmfAction: {
            action: components["schemas"]["KeyAction"];
            digits: components["schemas"]["Digits"];
        };
        DtmfActionBody: {
            action: components["schemas"]["KeyAction"];
            digits: components["schemas"]["Digits"];
            profile_id: components["schemas"]["ProfileId"];
            revision?: unknown;
        };
        DtmfActionView: {
            action: components["schemas"]["KeyAction"];
            digits: components["schemas"]["Digits"];
            profile_id: components["schemas"]["ProfileId"];
            revision: string;
        };
        DtmfBody: {
            /** @example 12# */
            digits: string;
        };
        /** @example +493012345678 */
        E164: string;
        Eagerness: "low" | "medium" | "high" | "auto";
        EarlierCall: {
            at: string;
            direction: components["schemas"]["Direction"];
            ended_at: string | null;
            hangup_by: components["schemas"]["HangupBy"] | null;
            hangup_cause: components["schemas"]["HangupCause"] | null;
            id: components["schemas"]["CallId"];
            summary: string;
        };
        EffectId: number;
        EmailAddress: string;
        End: "reached" | "given_up" | "wrong_number" | "suppressed" | "no_consent" | "not_callable";
        EndCount: {
            count: number;
            end: components["schemas"]["End"];
        };
        Ending: {
            by: components["schemas"]["HangupBy"];
            cause: components["schemas"]["HangupCause"];
        };
        ErasureBody: {
            name: string;
        };
        ErasureCountsView: {
            appointments: number;
            attempts: number;
            callbacks: number;
            calls: number;
            contacts: number;
            leads: number;
            messages: number;
            recordings: number;
        };
        ErasureView: {
            customer_id: components["schemas"]["CustomerId"];
            erased: components["schemas"]["ErasureCountsView"];
            erasing_since: string | null;
            left: components["schemas"]["ErasureCountsView"];
            live_calls: number;
        };
        Escalation: {
            otherwise: components["schemas"]["Otherwise"];
            targets: string[];
            when: components["schemas"]["EscalationTime"];
        };
        EscalationBody: {
            otherwise?: components["schemas"]["Otherwise"];
            targets: string[];
            when?: components["schemas"]["EscalationTime"];
        };
        EscalationHours: {
            holidays: components["schemas"]["Holiday"][];
            /** @example Europe/Berlin */
            time_zone: string;
            week: components["schemas"]["WeekHours"];
        };
        EscalationRules: {
            hours: components["schemas"]["EscalationHours"] | null;
            otherwise: components["schemas"]["Otherwise"];
            targets: string[];
        };
        EscalationTime: "always" | "open_hours";
        Event: components["schemas"]["Fact"] | components["schemas"]["Decision"];
        EventKind: "call.started" | "call.ended" | "lead.created" | "appointment.booked" | "appointment.moved" | "appointment.cancelled" | "handoff.failed" | "recording.ready" | "alarm.raised";
        EventView: components["schemas"]["Event"] & {
            at: string;
            seq: number;
        };
        Example: {
            call_id: components["schemas"]["CallId"];
            created_at: string;
            expectations: components["schemas"]["Expectations"];
            id: components["schemas"]["ExampleId"];
            name: string;
            profile_id: components["schemas"]["ProfileId"];
            turn_seq: number | null;
        };
        ExampleBody: {
            call_id: components["schemas"]["CallId"];
            expectations: components["schemas"]["ExpectationsBody"];
            name: string;
            turn_seq?: number | null;
        };
        ExampleChange: {
            call_id?: unknown;
            created_at?: unknown;
            expectations: components["schemas"]["ExpectationsBody"];
            id?: unknown;
            name: string;
            profile_id?: unknown;
            revision?: string | null;
            turn_seq?: unknown;
        };
        ExampleCheck: {
            kind: components["schemas"]["CheckKind"];
            met: boolean;
            no_verdict: components["schemas"]["NoVerdict"] | null;
            reason: string | null;
            sentence: string | null;
            wanted: string;
        };
        ExampleId: string;
        ExampleResult: {
            call: components["schemas"]["ReplayedCall"];
            checks: components["schemas"]["ExampleCheck"][];
            example_id: components["schemas"]["ExampleId"];
            name: string;
            reason: string | null;
            verdict: components["schemas"]["Verdict"];
        };
        ExampleRunBody: {
            /** @default a */
            draft: components["schemas"]["DraftSlot"];
            /** @default null */
            version: number | null;
        };
        ExampleView: components["schemas"]["Example"] & {
            revision: string;
        };
        Expectations: {
            /** @default [] */
            forbidden: string[];
            /** @default null */
            meaning: string | null;
            /** @default [] */
            tools: string[];
            /** @default [] */
            words: string[];
        };
        ExpectationsBody: {
            /** @default [] */
            forbidden: string[];
            /** @default null */
            meaning: string | null;
            /** @default [] */
            tools: string[];
            /** @default [] */
            words: string[];
        };
        ExportedCall: {
            activities: components["schemas"]["Activity"][];
            call: components["schemas"]["CallView"];
            extraction: components["schemas"]["CallExtraction"] | null;
            /** @example /api/v1/calls/0193a000-0000-7000-8000-000000000002/events */
            journal_path: string;
            notes: components["schemas"]["CallNote"][];
            /** @example /api/v1/calls/0193a000-0000-7000-8000-000000000002/recording */
            recording_path: string | null;
            shares: components["schemas"]["CallShare"][];
            transcript: components["schemas"]["TranscriptItem"][];
            wrap_up_drafts: components["schemas"]["ExportedDraft"][];
            wrap_ups: components["schemas"]["WrapUpView"][];
        };
        ExportedDraft: {
            disposition_id: components["schemas"]["DispositionId"] | null;
            note: string;
            updated_at: string;
            user_id: components["schemas"]["UserId"];
        };
        ExportedPerson: {
            customer: components["schemas"]["Customer"];
            do_not_call: components["schemas"]["ListedSuppression"][];
            exported_at: string;
            no_texts: components["schemas"]["NoTexts"][];
        };
        ExtensionBody: {
            /** @example sales */
            name: string;
            origin?: unknown;
            revision?: unknown;
            target: components["schemas"]["DialplanTarget"];
            /** @example Sales, second floor */
            title?: string;
        };
        ExtensionChange: {
            name?: unknown;
            origin?: unknown;
            revision?: string | null;
            target: components["schemas"]["DialplanTarget"];
            /** @example Sales, second floor */
            title?: string;
        };
        ExtensionChecked: {
            found_by: string;
            state: components["schemas"]["ExtensionState"];
        };
        ExtensionOrigin: "configuration" | "organization";
        ExtensionState: "registered" | "in_call" | "ringing" | "on_hold" | "unregistered" | "unknown";
        ExtensionView: {
            name: string;
            origin: components["schemas"]["ExtensionOrigin"];
            revision: string;
            target: components["schemas"]["DialplanTarget"];
            title: string;
        };
        ExtractedBy: "model" | "rules";
        ExtractedField: {
            by: components["schemas"]["ExtractedBy"];
            kind: components["schemas"]["FieldKind"];
            name: string;
            title: string;
            value: components["schemas"]["ExtractedValue"];
        };
        ExtractedValue: boolean | number | string;
        ExtractionField: {
            /**
             * @example [
             *       "order",
             *       "complaint"
             *     ]
             */
            choices: string[];
            kind: components["schemas"]["FieldKind"];
            /** @example reason */
            name: string;
            /** @example Why did the caller call? */
            question: string;
            /** @example Reason */
            title: string;
        };
        ExtractionFieldBody: {
            /**
             * @example [
             *       "order",
             *       "complaint"
             *     ]
             */
            choices?: string[];
            kind: components["schemas"]["FieldKind"];
            /** @example reason */
            name: string;
            /** @example Why did the caller call? */
            question: string;
            /** @example Reason */
            title: string;
        };
        ExtractionTrialBody: {
            /** @default null */
            call_id: components["schemas"]["CallId"] | null;
            /** @default a */
            draft: components["schemas"]["DraftSlot"];
        };
        ExtractionTrialView: {
            by: components["schemas"]["ExtractedBy"];
            call_id: components["schemas"]["CallId"];
            cost_micros: number;
            /** @example USD */
            currency: string;
            fields: components["schemas"]["ExtractedField"][];
            not_judged: components["schemas"]["NotJudged"] | null;
            started_at: string;
            topics: components["schemas"]["CallTopic"][];
        };
        ExtractionView: {
            extraction: components["schemas"]["CallExtraction"] | null;
            not_judged: components["schemas"]["NotJudged"] | null;
            pending: boolean;
        };
        Fact: {
            announced: components["schemas"]["Announcement"] | null;
            begun?: components["schemas"]["BegunAtDesk"] | null;
            dialled?: components["schemas"]["Dialled"] | null;
            direction: components["schemas"]["Direction"];
            kind: "call_started";
            outside_ids: components["schemas"]["OutsideId"][];
            policy: components["schemas"]["CallPolicy"];
            profile: components["schemas"]["AgentProfile"];
        } | {
            kind: "attempt_recorded";
        } | {
            kind: "dial_accepted";
            outside_id: components["schemas"]["OutsideId"];
        } | {
            kind: "dial_progress";
            progress: components["schemas"]["DialProgress"];
        } | {
            kind: "dial_answered";
        } | {
            cause?: components["schemas"]["HangupCause"] | null;
            failure: components["schemas"]["HandoffFailure"];
            kind: "dial_failed";
        } | {
            by?: components["schemas"]["DetectedBy"];
            kind: "answered_by";
            who: components["schemas"]["AnsweredBy"];
        } | {
            kind: "voicemail_tone";
        } | {
            announcement: components["schemas"]["Announcement"];
            kind: "announced";
        } | {
            kind: "outside_id_added";
            outside_id: components["schemas"]["OutsideId"];
        } | {
            agent?: components["schemas"]["UserId"] | null;
            confirmed: boolean;
            kind: "leg_arrived";
            leg: components["schemas"]["LegId"];
            leg_kind: components["schemas"]["LegKind"];
            outside_id: components["schemas"]["OutsideId"];
        } | {
            kind: "leg_joined";
            leg: components["schemas"]["LegId"];
            leg_kind: components["schemas"]["LegKind"];
            rate: components["schemas"]["SampleRate"];
        } | {
            how: components["schemas"]["LegEnd"];
            kind: "leg_left";
            leg: components["schemas"]["LegId"];
        } | {
            finding: string;
            kind: "leg_misconfigured";
            leg: components["schemas"]["LegId"];
        } | {
            digit: components["schemas"]["Digit"];
            duration_ms?: number | null;
            kind: "dtmf";
            leg: components["schemas"]["LegId"] | null;
        } | {
            kind: "typed";
            leg: components["schemas"]["LegId"];
            text: string;
        } | {
            kind: "person_asked";
            leg: components["schemas"]["LegId"];
        } | {
            channel: components["schemas"]["ChannelSeen"];
            kind: "control_attached";
            link: components["schemas"]["ControlLink"];
        } | {
            kind: "control_lost";
            link: components["schemas"]["ControlLink"];
            reason: string;
        } | {
            kind: "channel_answered";
        } | {
            kind: "bridged";
            other: string;
        } | {
            kind: "unbridged";
        } | {
            kind: "held";
        } | {
            kind: "unheld";
        } | {
            kind: "channel_gone";
        } | (components["schemas"]["ActionOutcome"] & {
            effect: components["schemas"]["EffectId"];
        } & {
            kind: "action_done";
        }) | {
            effect: components["schemas"]["EffectId"];
            exists: boolean | null;
            extension: components["schemas"]["ExtensionChecked"] | null;
            kind: "place_checked";
        } | {
            checked: components["schemas"]["ExtensionChecked"] | null;
            effect: components["schemas"]["EffectId"];
            kind: "extension_checked";
        } | (components["schemas"]["ProfileOutcome"] & {
            brief?: string | null;
            handoff?: components["schemas"]["EffectId"] | null;
        } & {
            kind: "profile_cached";
        }) | {
            handoff: components["schemas"]["EffectId"];
            kind: "handoff_ringing";
        } | {
            handoff: components["schemas"]["EffectId"];
            kind: "handoff_accepted";
        } | {
            failure: components["schemas"]["HandoffFailure"];
            handoff: components["schemas"]["EffectId"];
            kind: "handoff_failed";
        } | {
            handoff: components["schemas"]["EffectId"];
            kind: "desk_ringing";
        } | {
            failure: components["schemas"]["HandoffFailure"];
            handoff: components["schemas"]["EffectId"];
            kind: "offer_passed";
            user_id: components["schemas"]["UserId"];
        } | {
            extension?: string | null;
            handoff: components["schemas"]["EffectId"];
            kind: "desk_accepted";
            queue_id?: components["schemas"]["QueueId"] | null;
            user_id: components["schemas"]["UserId"];
        } | {
            failure: components["schemas"]["HandoffFailure"];
            handoff: components["schemas"]["EffectId"];
            kind: "desk_failed";
            overflow?: components["schemas"]["Overflow"] | null;
            queue_id?: components["schemas"]["QueueId"] | null;
        } | {
            extension: string;
            handoff: components["schemas"]["EffectId"];
            kind: "phone_offered";
            ring_ms: number;
            user_id: components["schemas"]["UserId"];
        } | {
            handoff: components["schemas"]["EffectId"];
            kind: "phone_offer_gone";
            user_id: components["schemas"]["UserId"];
        } | (components["schemas"]["PhoneNow"] & {
            ringing: components["schemas"]["EffectId"];
        } & {
            kind: "phone_told";
        }) | {
            kind: "phone_leg_arrived";
            leg: components["schemas"]["LegId"];
            ringing: components["schemas"]["EffectId"];
        } | {
            handoff: components["schemas"]["EffectId"];
            kind: "queue_entered";
            overflowed?: components["schemas"]["HandoffFailure"] | null;
            queue_id: components["schemas"]["QueueId"];
        } | {
            handoff: components["schemas"]["EffectId"];
            kind: "queue_placed";
            position: number;
            wait_s: number;
        } | (components["schemas"]["AgentRequest"] & {
            user_id: components["schemas"]["UserId"];
        } & {
            kind: "agent_asked";
        }) | (components["schemas"]["SupervisorRequest"] & {
            user_id: components["schemas"]["UserId"];
        } & {
            kind: "supervisor_asked";
        }) | {
            kind: "hold_asked";
        } | {
            kind: "unhold_asked";
        } | {
            kind: "transfer_asked";
            target: string;
        } | {
            kind: "park_asked";
        } | {
            kind: "parked";
            space: string;
        } | {
            kind: "variables_asked";
            variables: {
                [key: string]: string;
            };
        } | {
            kind: "handoff_asked";
            target: string;
        } | {
            kind: "speech_started";
        } | {
            kind: "speech_stopped";
            speech_ms: number;
        } | {
            kind: "transcript";
            text: string;
        } | {
            kind: "assistant_ready";
            leg: components["schemas"]["LegId"];
            provider: string;
            speaks_text: boolean;
        } | {
            failure: components["schemas"]["ProviderFailure"];
            kind: "assistant_failed";
            leg: components["schemas"]["LegId"];
            reason: string;
        } | {
            failure: components["schemas"]["ProviderFailure"];
            kind: "assistant_interrupted";
            leg: components["schemas"]["LegId"];
            reason: string;
        } | {
            attempts: number;
            away_ms: number;
            kind: "assistant_restored";
            leg: components["schemas"]["LegId"];
        } | (components["schemas"]["TokenUsage"] & {
            leg: components["schemas"]["LegId"];
            model: string;
            source: string;
        } & {
            kind: "usage";
        }) | {
            kind: "say_asked";
            text: string;
        } | {
            digits: components["schemas"]["Digit"][];
            kind: "dtmf_asked";
        } | {
            during: string | null;
            kind: "reborn";
        } | {
            item: components["schemas"]["ItemId"];
            kind: "item_started";
            leg: components["schemas"]["LegId"];
            line: components["schemas"]["Line"] | null;
        } | {
            audio_ms: number;
            item: components["schemas"]["ItemId"];
            kind: "item_complete";
            text: string;
        } | {
            end: components["schemas"]["PlayedEnd"];
            heard_ms: number;
            item: components["schemas"]["ItemId"];
            kind: "played_until";
        } | {
            arguments: unknown;
            kind: "tool_call";
            name: string;
            tool_call: string;
        } | {
            effect: components["schemas"]["EffectId"];
            kind: "tool_done";
            outcome: components["schemas"]["ToolOutcome"];
            written?: components["schemas"]["Written"] | null;
        } | {
            kind: "recording_started";
            offset_ms: number;
        } | {
            kind: "recording_failed";
            reason: string;
        } | {
            kind: "recording_lost";
            lost_ms: number;
        } | {
            duration_ms: number;
            kind: "recording_finished";
        } | {
            kind: "line_measured";
            leg: components["schemas"]["LegId"];
            quality: components["schemas"]["LineQuality"];
        } | {
            by: components["schemas"]["HangupBy"];
            cause: components["schemas"]["HangupCause"];
            kind: "hangup";
        } | {
            kind: "server_draining";
        } | {
            kind: "drain_expired";
        } | {
            kind: "server_stopping";
        } | {
            away_ms?: number | null;
            kind: "server_restarted";
            recorded_ms: number | null;
        } | {
            kind: "next_asked";
            lacks?: boolean;
        } | {
            kind: "document_asked";
            question: components["schemas"]["DocumentQuestion"];
        } | {
            duration_ms: number;
            kind: "voicemail_left";
            recording: string;
        } | {
            kind: "conversation_reported";
            provider: components["schemas"]["AgentHost"];
            report: components["schemas"]["ConversationReport"];
        } | {
            kind: "deadline_passed";
        } | {
            first: string;
            kind: "facts_missed";
            missed: number;
        } | {
            fact: string;
            kind: "step_panicked";
            message: string;
        } | {
            effect: string;
            kind: "effect_failed";
            reason: string;
        };
        FailureView: {
            cause: string;
            count: number;
        };
        Fault: {
            code: "account_sid" | "address" | "address_inside" | "agent_id" | "alarm_rule" | "api_key_sid" | "base_url" | "beyond_dial_policy" | "bounds" | "buffers" | "capacities" | "choices" | "colour" | "columns" | "control_characters" | "currency" | "currency_missing" | "customer_name" | "digits" | "durations" | "email" | "empty" | "erased_person" | "erasing_person" | "header_value" | "holiday" | "horizon" | "import_again" | "language" | "languages" | "leads_back" | "length" | "length_each" | "minutes_after_start" | "name_form" | "no_choices" | "no_sip_host" | "notice" | "number" | "number_not_proved" | "organization_name" | "overlap" | "page_origins" | "phone_number" | "phone_pattern" | "prices" | "range" | "required" | "reserved" | "resource" | "revision" | "row_twice" | "same_customer" | "schema" | "score_answer" | "score_question" | "secrets_anew" | "several_customers" | "shape" | "sip_domain" | "span_order" | "speech_voice" | "supervising_role" | "target" | "time" | "time_in_call" | "time_zone" | "too_long" | "too_long_bytes" | "too_many" | "too_many_texts" | "too_short" | "tool_name" | "topic_words" | "twice" | "unknown" | "unknown_argument" | "variant" | "wrong_kind" | "wrong_word" | "zone_of_number" | "other";
            field: string;
            params?: Record<string, never> | null;
            reason: string;
        };
        FeedView: {
            /** @example /api/v1/appointments.ics?token=... */
            path: string;
            token: string;
        };
        FieldChange: {
            field: string;
            new: unknown;
            old: unknown;
        };
        FieldKind: "choice" | "yes_no" | "number" | "text";
        FilterCondition: {
            is: components["schemas"]["FilterRelation"];
            of: components["schemas"]["FilterFact"];
            /** @example Berlin */
            value: string;
            /** @example city */
            variable: string;
        };
        FilterConditionBody: {
            is: components["schemas"]["FilterRelation"];
            of?: components["schemas"]["FilterFact"];
            /** @example Berlin */
            value?: string;
            /** @example city */
            variable?: string;
        };
        FilterFact: "variable" | "number" | "country" | "zone";
        FilterNeeds: "all" | "any";
        FilterPreview: {
            admitted: number;
            contacts: number;
            left_out: number;
            looked_at: number;
            waiting: number;
        };
        FilterPreviewBody: {
            filter?: components["schemas"]["ContactFilterBody"];
        };
        FilterRelation: "equals" | "not_equals" | "contains" | "begins_with" | "empty" | "not_empty" | "greater" | "less";
        ForecastBody: {
            /** @default null */
            agents: number | null;
            /**
             * @default {
             *       "answered_percent": null,
             *       "machine_percent": null,
             *       "talk_s": null
             *     }
             */
            assumed: components["schemas"]["AssumptionsBody"];
            /** @default null */
            cost_per_minute_micros: number | null;
            /** @default null */
            wrap_up_s: number | null;
        };
        ForecastView: {
            abandoned_percent: number;
            agents: number | null;
            agents_busy_percent: number | null;
            assumed: components["schemas"]["Assumptions"];
            calling_hours: number;
            calls: number;
            contacts: number;
            cost_micros: number;
            cost_per_minute_micros: number;
            /** @example EUR */
            currency: string;
            ends: components["schemas"]["EndCount"][];
            first_call_at: string | null;
            last_end_at: string | null;
            left: number;
            lines: number;
            other_hours: components["schemas"]["OtherHours"] | null;
            outcomes: components["schemas"]["OutcomeCount"][];
            own_calls: number | null;
            talk_ms: number;
            waiting: number;
            wrap_up_s: number | null;
        };
        ForgotBody: {
            email: string;
        };
        FoundBy: "call_sid" | "call_id" | "extension";
        FreeswitchAudio: "websocket" | "unicast";
        FreeswitchMode: "dual" | "audio" | "esl";
        FreeswitchPolicy: {
            /** @default websocket */
            audio: components["schemas"]["FreeswitchAudio"];
            /** @default dual */
            mode: components["schemas"]["FreeswitchMode"];
            /** @default /var/lib/cordboard/prompts */
            prompts_dir: string;
            /** @default 20000 */
            ring_timeout_ms: number;
        };
        Grain: "day" | "hour";
        Granted: "everything" | {
            named: components["schemas"]["Grants"];
        };
        Grants: {
            /** @default [] */
            caller_ids: components["schemas"]["PhoneNumber"][];
            /** @default [] */
            contexts: string[];
            /** @default [] */
            switches: string[];
            /** @default [] */
            trunks: string[];
        };
        GrantsBody: {
            /** @default [] */
            caller_ids: components["schemas"]["PhoneNumber"][];
            /** @default [] */
            contexts: string[];
            /** @default [] */
            switches: string[];
            /** @default [] */
            trunks: string[];
        };
        GrantsView: components["schemas"]["Grants"] & {
            everything: boolean;
        };
        HandoffFailure: "busy" | "no_answer" | "declined" | "unregistered" | "offline" | "unallocated" | "unavailable" | "congestion" | "bad_target" | "voicemail" | "trunk" | "timeout" | "caller_left" | "nobody_free" | "hung_up_early";
        HandoffFigures: {
            bridged: number;
            failed: number;
            failures: {
                [key: string]: number;
            };
            requested: number;
        };
        HandoffPayload: {
            at: string;
            call_id: components["schemas"]["CallId"];
            failure: components["schemas"]["HandoffFailure"];
            from: string | null;
            handoff: components["schemas"]["EffectId"];
            target: string | null;
        };
        HandoffStyle: "blind" | "warm";
        HandoffWords: {
            /** @default true */
            enabled: boolean;
            /** @default {} */
            phrases: {
                [key: string]: string[];
            };
            /** @default null */
            target: string | null;
        };
        HandoffWordsBody: {
            /** @default true */
            enabled: boolean;
            /** @default {} */
            phrases: {
                [key: string]: string[];
            };
            /** @default null */
            target: string | null;
        };
        HangupBy: "caller" | "assistant" | "api" | "agent" | "switch" | "server";
        HangupCause: string;
        HeaderBody: {
            ends_with?: unknown;
            /** @example Authorization */
            name: string;
            value?: components["schemas"]["Typed"] | null;
        };
        HeaderView: {
            ends_with: string | null;
            name: string;
        };
        HeardView: {
            body: string;
            content_type: string | null;
            is_cut: boolean;
            status: number;
        };
        HelpRequest: {
            call_id: components["schemas"]["CallId"];
            note: string;
            since: string;
        };
        HintBody: {
            /** @example Offer the appointment on Friday, too. */
            text: string;
        };
        Holiday: {
            from: string;
            hours: components["schemas"]["DaySpan"][];
            name: string;
            to: string | null;
        };
        HolidayBody: {
            from: string;
            hours?: components["schemas"]["DaySpanBody"][];
            name: string;
            to?: string | null;
        };
        HostedAgent: {
            agent_id: string;
            /** @default false */
            overrides: boolean;
            provider: components["schemas"]["AgentHost"];
        };
        HostedAgentBody: {
            agent_id: string;
            /** @default false */
            overrides: boolean;
            provider: components["schemas"]["AgentHost"];
        };
        HostedAgentView: {
            agent_id: string;
            name: string;
        };
        HostedVoiceView: {
            language: string | null;
            name: string;
            voice_id: string;
        };
        HourFigures: {
            alone: number;
            at: string;
            bookings: number;
            calls: number;
            cost_micros: number;
            handed_over: number;
            hour: number;
            leads: number;
            missed: number;
            talk_ms: number;
            talked: number;
            waited: number;
            waited_ms: number;
        };
        IceServer: {
            credential?: string | null;
            urls: string[];
            username?: string | null;
        };
        InboxView: {
            callbacks: number;
            messages: number;
            mine: number;
            overdue: number;
            texts: number;
            todos: number;
        };
        InstalledOrganizationView: {
            deleting_since: string | null;
            id: components["schemas"]["OrganizationId"];
            is_first: boolean;
            name: string;
            suspended_at: string | null;
        };
        Instead: {
            do: "hang_up";
        } | {
            do: "say";
            text: string;
        } | {
            do: "voicemail";
            text: string;
        } | {
            do: "forward";
            target: string;
        };
        IntegrationBody: {
            events?: unknown;
            kind?: unknown;
            last_event_at?: unknown;
            revision?: string | null;
            secrets?: {
                [key: string]: components["schemas"]["SecretChange"];
            };
            settings?: Record<string, never>;
            unused_because?: unknown;
            updated_at?: unknown;
        };
        /**
         * @example openai
         * @enum {string}
         */
        IntegrationKind: "twilio" | "openai" | "deepgram" | "gemini" | "elevenlabs" | "cascade";
        IntegrationSettings: components["schemas"]["TwilioIntegration"] | components["schemas"]["ServiceIntegration"] | components["schemas"]["CascadeIntegration"];
        IntegrationTest: {
            detail: string;
            outcome: components["schemas"]["TestOutcome"];
            part: components["schemas"]["TestedPart"] | null;
            status: number | null;
            took_ms: number;
        };
        IntegrationView: {
            events: number | null;
            kind: components["schemas"]["IntegrationKind"];
            last_event_at: string | null;
            revision: string;
            secrets: {
                [key: string]: components["schemas"]["SecretView"];
            };
            settings: components["schemas"]["IntegrationSettings"];
            unused_because: string | null;
            updated_at: string;
        };
        Intent: {
            intent: "offline";
        } | {
            intent: "available";
        } | {
            intent: "away";
            reason: string | null;
        };
        IntentBody: {
            intent: "offline";
        } | {
            intent: "available";
        } | {
            intent: "away";
            reason?: string | null;
        };
        Invitation: {
            created_at: string;
            email: components["schemas"]["EmailAddress"] | null;
            expires_at: string;
            id: components["schemas"]["InvitationId"];
            role: components["schemas"]["Role"];
        };
        InvitationBody: {
            /** @example grace@example.com */
            email: string;
            role: components["schemas"]["Role"];
        };
        InvitationId: string;
        InvitedView: {
            email: components["schemas"]["EmailAddress"];
            expires_at: string;
            /** @example Lovelace Plumbing */
            organization: string;
            role: components["schemas"]["Role"];
        };
        ItemId: number;
        JudgeView: {
            is_configured: boolean;
            model: string | null;
            region: components["schemas"]["DataRegion"] | null;
        };
        KeyAction: {
            action: "transfer_call";
            target: string;
        } | {
            action: "request_handoff";
            target: string;
        } | {
            action: "take_message";
        } | {
            action: "say";
            text: string;
        } | {
            action: "repeat";
        } | {
            action: "do_not_call";
        } | {
            action: "end_call";
        };
        KeyActionBody: {
            action: components["schemas"]["KeyAction"];
            digits?: unknown;
            profile_id?: unknown;
            revision?: string | null;
        };
        KnownBy: "number" | "site" | "words" | "nothing";
        KnownTag: {
            calls: number;
            tag: string;
        };
        KnownTopic: {
            /** @example delivery */
            name: string;
            /** @example Delivery */
            title: string;
        };
        Lead: {
            address: string;
            budget: string;
            call_id: components["schemas"]["CallId"] | null;
            created_at: string;
            /** @example EUR */
            currency: string | null;
            customer_id: components["schemas"]["CustomerId"] | null;
            id: components["schemas"]["LeadId"];
            name: string;
            need: string;
            next_step: string;
            notes: string;
            owner_id: string | null;
            phone: components["schemas"]["E164"] | null;
            status: components["schemas"]["LeadStatus"];
            updated_at: string;
            urgency: string;
            value_minor: number | null;
        };
        LeadBody: {
            /** @default  */
            address: string;
            /** @default  */
            budget: string;
            /**
             * @default null
             * @example EUR
             */
            currency: string | null;
            /** @default null */
            customer_id: components["schemas"]["CustomerId"] | null;
            /** @default  */
            name: string;
            /** @default  */
            need: string;
            /** @default  */
            next_step: string;
            /** @default  */
            notes: string;
            /** @default null */
            owner_id: components["schemas"]["UserId"] | null;
            /** @default null */
            phone: components["schemas"]["E164"] | null;
            /** @default new */
            status: components["schemas"]["LeadStatus"];
            /** @default  */
            urgency: string;
            /** @default null */
            value_minor: number | null;
        };
        LeadChange: {
            /** @default null */
            address: string | null;
            /** @default null */
            budget: string | null;
            call_id?: unknown;
            created_at?: unknown;
            /**
             * @default null
             * @example EUR
             */
            currency: string | null;
            customer_id?: unknown;
            id?: unknown;
            /** @default null */
            name: string | null;
            /** @default null */
            need: string | null;
            /** @default null */
            next_step: string | null;
            /** @default null */
            notes: string | null;
            /** @default null */
            owner_id: components["schemas"]["UserId"] | null;
            /** @default null */
            phone: components["schemas"]["E164"] | null;
            /** @default null */
            status: components["schemas"]["LeadStatus"] | null;
            updated_at?: unknown;
            /** @default null */
            urgency: string | null;
            /** @default null */
            value_minor: number | null;
        };
        LeadFigures: {
            by_status: {
                [key: string]: number;
            };
            total: number;
            values: components["schemas"]["LeadValue"][];
        };
        LeadId: string;
        LeadImportView: {
            /** @example UTF-8 */
            encoding: string;
            errors: components["schemas"]["RowFault"][];
            first: components["schemas"]["Lead"][];
            good: number;
            made: number;
            rows: number;
            unknown_columns: string[];
        };
        LeadPayload: {
            address: string | null;
            budget: string | null;
            call_id: components["schemas"]["CallId"] | null;
            customer_id: components["schemas"]["CustomerId"] | null;
            id: components["schemas"]["LeadId"];
            name: string | null;
            need: string | null;
            phone: string | null;
            urgency: string | null;
        };
        LeadStatus: "new" | "contacted" | "qualified" | "won" | "lost";
        LeadValue: {
            currency: string;
            status: components["schemas"]["LeadStatus"];
            value_minor: number;
        };
        LeaseBody: {
            call_uuid?: string | null;
            from?: string | null;
            profile?: string | null;
            to?: string | null;
            ttl_s?: number | null;
        };
        LedgerView: {
            closed: number;
            is_of_calls: boolean;
            /** @example legs_audiosocket */
            kind: string;
            most: number;
            oldest_ms: number | null;
            open: number;
            opened: number;
        };
        LegActorView: {
            kind: components["schemas"]["LegKind"];
            leg: components["schemas"]["LegId"];
            restarts: number;
        };
        LegEnd: "closed" | "broken" | "released" | "away" | "signed_out";
        LegId: number;
        LegKind: "audiosocket" | "freeswitch" | "twilio" | "web" | "webrtc" | "assistant";
        Likeness: "number" | "email" | "name";
        LimitView: {
            max: number;
            /** @example calls */
            name: string;
            organization: components["schemas"]["OrganizationView"] | null;
            used: number;
        };
        Line: "notice" | "greeting" | "welcome_back" | "repeat" | "still_there" | "unknown_key" | "message_intro" | "message_saved" | "message_empty" | "message_failed" | "transferring" | "transfer_refused" | "goodbye" | "goodbye_silence" | "goodbye_max_duration" | "goodbye_shutdown" | "not_called_again" | "apology" | "one_moment" | "assistant_away" | "next_in_queue" | "one_before" | "two_before" | "three_before" | "four_before" | "many_before" | "wait_minute" | "wait_two_minutes" | "wait_five_minutes" | "wait_ten_minutes" | "wait_longer" | "overheard";
        LineQuality: {
            concealed_ms: number;
            jitter_ms_max: number;
            kbps_in: number;
            kbps_out: number;
            lost_out_permille: number | null;
            measured_ms: number;
            packets_in: number;
            packets_late_in: number;
            packets_lost_in: number;
            round_trip_ms: number | null;
        };
        ListedContact: {
            campaign_id: components["schemas"]["CampaignId"];
            consent: string;
            created_at: string;
            end: components["schemas"]["End"] | null;
            id: components["schemas"]["ContactId"];
            is_unreadable: boolean;
            last_outcome: components["schemas"]["Outcome"] | null;
            next_at: string;
            number: string;
            state: components["schemas"]["ContactState"];
            tries: number;
            variables: {
                [key: string]: string;
            };
            /** @example Europe/Berlin */
            zone: string | null;
        };
        ListedSuppression: {
            call_id: components["schemas"]["CallId"] | null;
            created_at: string;
            evidence: string;
            is_unreadable: boolean;
            number: string;
            source: components["schemas"]["SuppressionSource"];
        };
        LiveAgent: {
            callerid: string;
            calls_today: number;
            campaign_id: string;
            channel: string;
            conf_exten: string;
            extension: string;
            lead_id: number;
            live_agent_id: number;
            server_ip: string;
            status: components["schemas"]["RemoteLineStatus"];
            uniqueid: string;
            user: string;
        };
        LiveEntry: components["schemas"]["EventView"] & {
            call_id: components["schemas"]["CallId"];
        };
        LiveEvent: {
            calls: components["schemas"]["CallView"][];
            kind: "snapshot";
        } | {
            call: components["schemas"]["CallView"];
            kind: "call";
        } | {
            entry: components["schemas"]["LiveEntry"];
            kind: "entry";
        } | {
            id: string;
            kind: "changed";
            what: components["schemas"]["Thing"];
        } | {
            change: components["schemas"]["OsdialChange"];
            kind: "osdial";
        };
        LiveMessage: components["schemas"]["LiveEvent"] & {
            at: string;
            seq: number;
        };
        LogLevel: "error" | "warn" | "info" | "debug" | "trace";
        LogLevelBody: {
            level: components["schemas"]["LogLevel"];
        };
        LogLevelView: {
            level: components["schemas"]["LogLevel"];
        };
        LoginBody: {
            code?: string | null;
            email: string;
            password: string;
        };
        LookBody: {
            token: string;
        };
        MadeApiTokenView: components["schemas"]["ApiToken"] & {
            token: string;
        };
        MadeBy: "by_them" | "before_makers";
        MadeContactLinkView: components["schemas"]["ContactLinkView"] & {
            url: string;
        };
        MadeInvitationView: components["schemas"]["Invitation"] & {
            url: string | null;
        };
        MadeTalkLinkView: components["schemas"]["TalkLinkView"] & {
            url: string;
        };
        MailboxDetection: "auto" | "line" | "own";
        Marks: {
            tools_added: string[];
            tools_missing: string[];
            words: components["schemas"]["WordsLikeness"];
        };
        MeChange: {
            /** @default null */
            language: components["schemas"]["PageLanguage"] | null;
        };
        MeView: {
            actor: components["schemas"]["Actor"];
            language: components["schemas"]["PageLanguage"] | null;
            organization: components["schemas"]["OrganizationView"];
            permissions: components["schemas"]["Permission"][];
            softphone: components["schemas"]["SoftphoneView"] | null;
            user: components["schemas"]["User"] | null;
        };
        MergeBody: {
            /** @default [] */
            from_other: components["schemas"]["MergeField"][];
            /** @default null */
            kept_updated_at: string | null;
            /** @default both */
            notes: components["schemas"]["MergeNotes"];
            /** @default null */
            other_updated_at: string | null;
        };
        MergeField: "name" | "phone" | "email" | "address" | "language";
        MergeNotes: "both" | "kept" | "other";
        MergePreview: {
            kept: components["schemas"]["Customer"];
            merged: components["schemas"]["Customer"] | null;
            moves: components["schemas"]["MovedView"];
            other: components["schemas"]["Customer"];
        };
        Message: {
            body: string;
            call_id: components["schemas"]["CallId"] | null;
            created_at: string;
            customer_id: components["schemas"]["CustomerId"] | null;
            direction: components["schemas"]["Direction"];
            done_at: string | null;
            done_by: components["schemas"]["UserId"] | null;
            error_code: number | null;
            from: string;
            id: components["schemas"]["MessageId"];
            segments: number | null;
            sid: string | null;
            status: components["schemas"]["MessageStatus"];
            template: string | null;
            to: string;
            updated_at: string;
        };
        MessageChange: {
            done: boolean;
        };
        MessageId: string;
        MessageStatus: "queued" | "sending" | "unknown" | "sent" | "received" | "undelivered" | "failed" | "delivered";
        Mode: "assistants" | "predictive" | "preview";
        ModelPrice: {
            /** @default 0 */
            audio_input: number;
            /** @default 0 */
            audio_input_cached: number;
            /** @default 0 */
            audio_minute: number;
            /** @default 0 */
            audio_output: number;
            /** @default 0 */
            text_input: number;
            /** @default 0 */
            text_input_cached: number;
            /** @default 0 */
            text_output: number;
        };
        MovedView: {
            appointments: number;
            callbacks: number;
            calls: number;
            leads: number;
            messages: number;
        };
        NewDraftBody: {
            /** @default null */
            version: number | null;
        };
        NewEmailBody: {
            /** @example ada@example.com */
            email: string;
            password: string;
        };
        NewPasswordBody: {
            password: string;
            present: string;
        };
        NewStatus: "confirmed" | "cancelled" | "held" | "moved";
        NextStep: "hangup" | "again" | {
            goto: components["schemas"]["DialplanTarget"];
        };
        NoTexts: {
            /** @example +493012345678 */
            number: string;
            since: string;
        };
        NoVerdict: "no_judge" | "too_long" | "bad_answer" | "unauthorized" | "unknown_model" | "used_up" | "unreachable" | "timed_out" | "failed" | "other_region";
        NoiseReduction: "near_field" | "far_field";
        NotJudged: "other_region" | "daily_cap";
        NoticeSettings: {
            /**
             * @default {
             *       "email": [],
             *       "sms": []
             *     }
             */
            alarm: components["schemas"]["Recipients"];
            /**
             * @default {
             *       "email": [],
             *       "sms": []
             *     }
             */
            failed_handoff: components["schemas"]["Recipients"];
            /**
             * @default {
             *       "email": [],
             *       "sms": []
             *     }
             */
            figures_changed: components["schemas"]["Recipients"];
            /**
             * @default {
             *       "email": [],
             *       "sms": []
             *     }
             */
            missed_call: components["schemas"]["Recipients"];
            /**
             * @default {
             *       "email": [],
             *       "sms": []
             *     }
             */
            new_lead: components["schemas"]["Recipients"];
            /**
             * @default {
             *       "email": [],
             *       "sms": []
             *     }
             */
            webhook_off: components["schemas"]["Recipients"];
        };
        NoticesBody: {
            alarm?: components["schemas"]["RecipientsBody"] | null;
            failed_handoff?: components["schemas"]["RecipientsBody"] | null;
            figures_changed?: components["schemas"]["RecipientsBody"] | null;
            missed_call?: components["schemas"]["RecipientsBody"] | null;
            new_lead?: components["schemas"]["RecipientsBody"] | null;
            revision?: string | null;
            webhook_off?: components["schemas"]["RecipientsBody"] | null;
        };
        NoticesView: components["schemas"]["NoticeSettings"] & {
            revision: string;
        };
        /** @example +4930* */
        NumberPattern: string;
        OfCampaign: {
            /** @example TEST1 */
            campaign_id: string;
        };
        OfUser: {
            /** @example 1001 */
            user_id: string;
        };
        OfferGone: "accepted" | "declined" | "taken_by" | "missed" | "withdrawn";
        OfferId: number;
        OfferView: {
            secret: string;
            url: string;
        };
        OfferedTool: {
            description: string;
            id: components["schemas"]["CustomToolId"];
            name: string;
            parameters: Record<string, never>;
            timeout_ms: number;
        };
        OnVoicemail: {
            do: "talk";
        } | {
            do: "hang_up";
        } | {
            do: "leave_message";
            text: string;
        };
        Onboarding: {
            dismissed: boolean;
            steps: components["schemas"]["OnboardingSteps"];
        };
        OnboardingBody: {
            dismissed: boolean;
            steps?: unknown;
        };
        OnboardingSteps: {
            business: boolean;
            phone_line: boolean;
            published: boolean;
            team: boolean;
            test_call: boolean;
        };
        OrderBody: {
            ids: string[];
        };
        OrganizationChange: {
            id?: unknown;
            /** @example Lovelace Plumbing */
            name: string;
        };
        OrganizationId: string;
        OrganizationView: {
            id: components["schemas"]["OrganizationId"];
            name: string;
        };
        OsdialCampaign: {
            auto_dial_level: string;
            /** @example TEST1 */
            campaign_id: string;
            campaign_name: string;
            dial_method: string;
            is_active: boolean;
        };
        OsdialChange: {
            changed: components["schemas"]["RemoteAgent"][];
            gone: number[];
            what: "remote_agents";
        } | {
            changed: components["schemas"]["LiveAgent"][];
            gone: number[];
            what: "live_agents";
        } | {
            changed: components["schemas"]["OsdialCampaign"][];
            gone: string[];
            what: "campaigns";
        } | {
            changed: components["schemas"]["OsdialList"][];
            gone: number[];
            what: "lists";
        } | {
            changed: components["schemas"]["OsdialStatus"][];
            what: "statuses";
        };
        OsdialLead: {
            fields: {
                [key: string]: string;
            };
            lead_id: number;
            list_id: number;
            status: string;
        };
        OsdialList: {
            campaign_id: string;
            is_active: boolean;
            list_id: number;
            list_name: string;
        };
        OsdialStatus: {
            campaign_id: string | null;
            category: string;
            is_human_answered: boolean;
            is_selectable: boolean;
            /** @example SALE */
            status: string;
            status_name: string;
        };
        OtherHours: {
            best_hour: boolean;
            calls: number;
            last_end_at: string | null;
            reached: number;
        };
        Otherwise: "take_message" | "call_again";
        OutboundCall: {
            /** @default 30 */
            answer_timeout_s: number;
            /** @example +493098765 */
            from?: string | null;
            mailbox_detection?: components["schemas"]["MailboxDetection"];
            profile?: string | null;
            switch?: string | null;
            /** @example +493012345 */
            to: string;
            variables?: {
                [key: string]: string;
            };
            voicemail?: components["schemas"]["OnVoicemail"];
        };
        Outcome: "talked" | "abandoned" | "hung_up_early" | "machine" | "busy" | "no_answer" | "declined" | "wrong_number" | "cancelled" | "failed" | "not_dialled";
        OutcomeCost: {
            cost_micros: number;
            cost_per_call_micros: number | null;
            count: number;
            kept: number;
            outcome: components["schemas"]["Outcome"];
            talk_ms: number;
        };
        OutcomeCount: {
            count: number;
            outcome: components["schemas"]["Outcome"];
        };
        OutcomesView: {
            calls: number;
            comparison: components["schemas"]["ComparisonView"] | null;
            contacts_talked: number;
            cost_micros: number;
            cost_per_contact_talked_micros: number | null;
            cost_per_reached_micros: number | null;
            /** @example EUR */
            currency: string;
            detection: components["schemas"]["DetectionView"][];
            dispositions: components["schemas"]["DispositionCount"][];
            hours: components["schemas"]["CampaignHour"][];
            outcomes: components["schemas"]["OutcomeCost"][];
            reached: number;
        };
        OutsideId: {
            kind: components["schemas"]["OutsideKind"];
            value: string;
        };
        OutsideKind: "audiosocket" | "freeswitch" | "twilio" | "web" | "elevenlabs";
        Overflow: {
            to: "message";
        } | {
            to: "callback";
        } | {
            name: string;
            to: "queue";
        } | {
            name: string;
            to: "extension";
        };
        PageLanguage: "en" | "de" | "es" | "pt";
        Page_Activity: {
            items: {
                action: components["schemas"]["ActivityAction"];
                at: string;
                audio: components["schemas"]["AudioSpan"] | null;
                call_id: components["schemas"]["CallId"] | null;
                due_at: string | null;
                id: components["schemas"]["ActivityId"];
                notes: string;
                organization_id: components["schemas"]["OrganizationId"];
                owner_id: components["schemas"]["UserId"] | null;
                title: string;
                type: components["schemas"]["ActivityType"];
                updated_at: string;
            }[];
            next_cursor: string | null;
        };
        Page_AgentView: {
            items: {
                audio: components["schemas"]["AgentAudio"];
                calls_max: number;
                extension: string | null;
                name: string;
                revision: string;
                skills: string[];
                user_id: components["schemas"]["UserId"];
            }[];
            next_cursor: string | null;
        };
        Page_Alarm: {
            items: {
                acknowledged_at: string | null;
                acknowledged_by: components["schemas"]["UserId"] | null;
                at: string;
                call_id: components["schemas"]["CallId"];
                detail: string;
                id: components["schemas"]["AlarmId"];
                rule: string;
            }[];
            next_cursor: string | null;
        };
        Page_ApiToken: {
            items: {
                created_at: string;
                created_by: components["schemas"]["UserId"] | null;
                expires_at: string | null;
                id: components["schemas"]["ApiTokenId"];
                last_used_at: string | null;
                name: string;
                prefix: string;
                scopes: components["schemas"]["Permission"][];
            }[];
            next_cursor: string | null;
        };
        Page_Appointment: {
            items: {
                address: string;
                call_id: components["schemas"]["CallId"] | null;
                created_at: string;
                customer_id: components["schemas"]["CustomerId"] | null;
                ends_at: string;
                hold_until: string | null;
                id: components["schemas"]["AppointmentId"];
                lead_id: components["schemas"]["LeadId"] | null;
                name: string;
                notes: string;
                phone: components["schemas"]["E164"] | null;
                resource: string;
                sequence: number;
                service: string;
                starts_at: string;
                status: components["schemas"]["AppointmentStatus"];
                updated_at: string;
                /** @example Europe/Berlin */
                zone: string;
            }[];
            next_cursor: string | null;
        };
        Page_AudioPortView: {
            items: {
                expires_at: string | null;
                /** @example 10.0.0.7 */
                host: string;
                /** @example 9100 */
                port: number;
                profile: string | null;
                since: string;
                state: components["schemas"]["AudioPortState"];
                uuid: string | null;
            }[];
            next_cursor: string | null;
        };
        Page_AuditEntry: {
            items: {
                action: string;
                actor: components["schemas"]["Actor"];
                address: string | null;
                at: string;
                detail: string;
                id: components["schemas"]["AuditId"];
                subject: string;
            }[];
            next_cursor: string | null;
        };
        Page_Belonging: {
            items: {
                created_at: string;
                id: string;
                kind: components["schemas"]["BelongingKind"];
                made: components["schemas"]["MadeBy"];
                name: string;
                without_maker: components["schemas"]["WithoutMaker"];
            }[];
            next_cursor: string | null;
        };
        Page_CallNoteView: {
            items: (components["schemas"]["CallNote"] & {
                author: string | null;
                is_mine: boolean;
                revision: string;
            })[];
            next_cursor: string | null;
        };
        Page_CallShareView: {
            items: (components["schemas"]["CallShare"] & {
                by: string | null;
                direction: components["schemas"]["Direction"];
                from: string | null;
                name: string | null;
                to: string | null;
            })[];
            next_cursor: string | null;
        };
        Page_CallView: {
            items: (components["schemas"]["Call"] & {
                agents: components["schemas"]["CallAgentView"][];
                /** @example USD */
                currency: string;
                held_since: string | null;
                judge_micros: number | null;
                tags: string[] | null;
                talk_ms: number | null;
                with_person: boolean;
            })[];
            next_cursor: string | null;
        };
        Page_CallbackView: {
            items: {
                about: string;
                call_id: components["schemas"]["CallId"];
                created_at: string;
                customer_id: components["schemas"]["CustomerId"] | null;
                id: components["schemas"]["CallbackId"];
                phone: components["schemas"]["E164"];
                queue_id: components["schemas"]["QueueId"] | null;
                state: components["schemas"]["CallbackState"];
                updated_at: string;
                user_id: components["schemas"]["UserId"] | null;
            }[];
            next_cursor: string | null;
        };
        Page_CallerIdView: {
            items: {
                answered: number;
                calls_today: number;
                number: components["schemas"]["E164"];
                rang: number;
                rests_because: components["schemas"]["RestReason"] | null;
                rests_until: string | null;
            }[];
            next_cursor: string | null;
        };
        Page_CampaignView: {
            items: (components["schemas"]["Campaign"] & {
                revision: string;
            })[];
            next_cursor: string | null;
        };
        Page_ChoiceView: {
            items: {
                id: string;
                name: string;
                position: number;
            }[];
            next_cursor: string | null;
        };
        Page_ConnectionView: {
            items: {
                agent: components["schemas"]["UserId"] | null;
                leg: components["schemas"]["LegId"];
                quality: components["schemas"]["LineQuality"];
            }[];
            next_cursor: string | null;
        };
        Page_ContactLinkView: {
            items: (components["schemas"]["ContactLink"] & {
                revision: string;
            })[];
            next_cursor: string | null;
        };
        Page_CountryRuleView: {
            items: {
                country: string;
                holidays_source: string;
                needs_consent: boolean;
                per_30_days_max: number;
                per_day_max: number;
                saturday: components["schemas"]["CallingWindow"][];
                source: string;
                state: string | null;
                sunday: components["schemas"]["CallingWindow"][];
                weekdays: components["schemas"]["CallingWindow"][];
            }[];
            next_cursor: string | null;
        };
        Page_CustomToolView: {
            items: {
                description: string;
                headers: components["schemas"]["HeaderView"][];
                id: components["schemas"]["CustomToolId"];
                method: components["schemas"]["ToolMethod"];
                name: string;
                parameters: Record<string, never>;
                revision: string;
                timeout_ms: number;
                url: string;
            }[];
            next_cursor: string | null;
        };
        Page_Customer: {
            items: {
                address: string;
                created_at: string;
                email: string;
                id: components["schemas"]["CustomerId"];
                language: string;
                name: string;
                notes: string;
                other_numbers: components["schemas"]["E164"][];
                phone: components["schemas"]["E164"] | null;
                sms_opted_out: boolean;
                tags: string[];
                updated_at: string;
                verified: boolean;
            }[];
            next_cursor: string | null;
        };
        Page_DeletedRecords: {
            items: {
                id: components["schemas"]["RetentionPartId"];
                present_ids: string[];
                record_ids: string[];
                type: components["schemas"]["DeletedType"];
            }[];
            next_cursor: string | null;
        };
        Page_Delivery: {
            items: {
                answer: string | null;
                attempts: number;
                channel: components["schemas"]["DeliveryChannel"];
                created_at: string;
                event: string;
                id: components["schemas"]["DeliveryId"];
                next_attempt_at: string | null;
                state: components["schemas"]["DeliveryState"];
                status: number | null;
                target: string;
                tried_at: string | null;
                webhook_id: components["schemas"]["WebhookId"] | null;
            }[];
            next_cursor: string | null;
        };
        Page_DtmfActionView: {
            items: {
                action: components["schemas"]["KeyAction"];
                digits: components["schemas"]["Digits"];
                profile_id: components["schemas"]["ProfileId"];
                revision: string;
            }[];
            next_cursor: string | null;
        };
        Page_EventView: {
            items: (components["schemas"]["Event"] & {
                at: string;
                seq: number;
            })[];
            next_cursor: string | null;
        };
        Page_ExampleView: {
            items: (components["schemas"]["Example"] & {
                revision: string;
            })[];
            next_cursor: string | null;
        };
        Page_ExtensionView: {
            items: {
                name: string;
                origin: components["schemas"]["ExtensionOrigin"];
                revision: string;
                target: components["schemas"]["DialplanTarget"];
                title: string;
            }[];
            next_cursor: string | null;
        };
        Page_HostedAgentView: {
            items: {
                agent_id: string;
                name: string;
            }[];
            next_cursor: string | null;
        };
        Page_HostedVoiceView: {
            items: {
                language: string | null;
                name: string;
                voice_id: string;
            }[];
            next_cursor: string | null;
        };
        Page_InstalledOrganizationView: {
            items: {
                deleting_since: string | null;
                id: components["schemas"]["OrganizationId"];
                is_first: boolean;
                name: string;
                suspended_at: string | null;
            }[];
            next_cursor: string | null;
        };
        Page_IntegrationView: {
            items: {
                events: number | null;
                kind: components["schemas"]["IntegrationKind"];
                last_event_at: string | null;
                revision: string;
                secrets: {
                    [key: string]: components["schemas"]["SecretView"];
                };
                settings: components["schemas"]["IntegrationSettings"];
                unused_because: string | null;
                updated_at: string;
            }[];
            next_cursor: string | null;
        };
        Page_Invitation: {
            items: {
                created_at: string;
                email: components["schemas"]["EmailAddress"] | null;
                expires_at: string;
                id: components["schemas"]["InvitationId"];
                role: components["schemas"]["Role"];
            }[];
            next_cursor: string | null;
        };
        Page_KnownTag: {
            items: {
                calls: number;
                tag: string;
            }[];
            next_cursor: string | null;
        };
        Page_KnownTopic: {
            items: {
                /** @example delivery */
                name: string;
                /** @example Delivery */
                title: string;
            }[];
            next_cursor: string | null;
        };
        Page_Lead: {
            items: {
                address: string;
                budget: string;
                call_id: components["schemas"]["CallId"] | null;
                created_at: string;
                /** @example EUR */
                currency: string | null;
                customer_id: components["schemas"]["CustomerId"] | null;
                id: components["schemas"]["LeadId"];
                name: string;
                need: string;
                next_step: string;
                notes: string;
                owner_id: string | null;
                phone: components["schemas"]["E164"] | null;
                status: components["schemas"]["LeadStatus"];
                updated_at: string;
                urgency: string;
                value_minor: number | null;
            }[];
            next_cursor: string | null;
        };
        Page_ListedContact: {
            items: {
                campaign_id: components["schemas"]["CampaignId"];
                consent: string;
                created_at: string;
                end: components["schemas"]["End"] | null;
                id: components["schemas"]["ContactId"];
                is_unreadable: boolean;
                last_outcome: components["schemas"]["Outcome"] | null;
                next_at: string;
                number: string;
                state: components["schemas"]["ContactState"];
                tries: number;
                variables: {
                    [key: string]: string;
                };
                /** @example Europe/Berlin */
                zone: string | null;
            }[];
            next_cursor: string | null;
        };
        Page_ListedSuppression: {
            items: {
                call_id: components["schemas"]["CallId"] | null;
                created_at: string;
                evidence: string;
                is_unreadable: boolean;
                number: string;
                source: components["schemas"]["SuppressionSource"];
            }[];
            next_cursor: string | null;
        };
        Page_LiveAgent: {
            items: {
                callerid: string;
                calls_today: number;
                campaign_id: string;
                channel: string;
                conf_exten: string;
                extension: string;
                lead_id: number;
                live_agent_id: number;
                server_ip: string;
                status: components["schemas"]["RemoteLineStatus"];
                uniqueid: string;
                user: string;
            }[];
            next_cursor: string | null;
        };
        Page_Message: {
            items: {
                body: string;
                call_id: components["schemas"]["CallId"] | null;
                created_at: string;
                customer_id: components["schemas"]["CustomerId"] | null;
                direction: components["schemas"]["Direction"];
                done_at: string | null;
                done_by: components["schemas"]["UserId"] | null;
                error_code: number | null;
                from: string;
                id: components["schemas"]["MessageId"];
                segments: number | null;
                sid: string | null;
                status: components["schemas"]["MessageStatus"];
                template: string | null;
                to: string;
                updated_at: string;
            }[];
            next_cursor: string | null;
        };
        Page_OsdialCampaign: {
            items: {
                auto_dial_level: string;
                /** @example TEST1 */
                campaign_id: string;
                campaign_name: string;
                dial_method: string;
                is_active: boolean;
            }[];
            next_cursor: string | null;
        };
        Page_OsdialLead: {
            items: {
                fields: {
                    [key: string]: string;
                };
                lead_id: number;
                list_id: number;
                status: string;
            }[];
            next_cursor: string | null;
        };
        Page_OsdialList: {
            items: {
                campaign_id: string;
                is_active: boolean;
                list_id: number;
                list_name: string;
            }[];
            next_cursor: string | null;
        };
        Page_OsdialStatus: {
            items: {
                campaign_id: string | null;
                category: string;
                is_human_answered: boolean;
                is_selectable: boolean;
                /** @example SALE */
                status: string;
                status_name: string;
            }[];
            next_cursor: string | null;
        };
        Page_PhoneNumberView: {
            items: (components["schemas"]["Answering"] & {
                id: components["schemas"]["PhoneNumberId"];
                number: components["schemas"]["E164"];
                profile_id: components["schemas"]["ProfileId"];
                proof: components["schemas"]["ProofView"];
                revision: string;
                unreached: string[];
            })[];
            next_cursor: string | null;
        };
        Page_Publication: {
            items: {
                note: string;
                profile_id: components["schemas"]["ProfileId"];
                published_at: string;
                published_by: components["schemas"]["Actor"];
                version: number;
            }[];
            next_cursor: string | null;
        };
        Page_QueueView: {
            items: {
                id: components["schemas"]["QueueId"];
                in_hours_only: boolean;
                max_wait_s: number;
                max_waiting: number;
                members: components["schemas"]["QueueMember"][];
                name: string;
                overflow: components["schemas"]["Overflow"];
                priority: number;
                revision: string;
                ring_s: number;
                skills: string[];
                strategy: components["schemas"]["Strategy"];
                tells_position: boolean;
                title: string;
                wrap_up_required: boolean;
                wrap_up_s: number;
            }[];
            next_cursor: string | null;
        };
        Page_RemoteAgent: {
            items: {
                campaign_id: string;
                closer_campaigns: string;
                conf_exten: string;
                number_of_lines: number;
                remote_agent_id: number;
                server_ip: string;
                status: components["schemas"]["RemoteAgentStatus"];
                /** @example 1001 */
                user_start: string;
            }[];
            next_cursor: string | null;
        };
        Page_ReplaySummary: {
            items: {
                asked_by: string;
                call_id: components["schemas"]["CallId"] | null;
                cost_micros: number;
                /** @example USD */
                currency: string;
                draft: components["schemas"]["DraftSlot"];
                draft_revision: number;
                ended_at: string | null;
                failed: number;
                id: components["schemas"]["ReplayId"];
                kind: components["schemas"]["ReplayKind"];
                passed: number;
                profile_id: components["schemas"]["ProfileId"];
                provider: string;
                reason: string | null;
                started_at: string;
                state: components["schemas"]["ReplayState"];
                steps: number;
                steps_done: number;
                turns_changed: number;
                version: number | null;
            }[];
            next_cursor: string | null;
        };
        Page_RetentionRun: {
            items: {
                at: string;
                bytes: number;
                deleted: number;
                id: components["schemas"]["RetentionRunId"];
                kept_days: number;
                kind: components["schemas"]["RetentionKind"];
            }[];
            next_cursor: string | null;
        };
        Page_SavedCallView: {
            items: (components["schemas"]["SavedView"] & {
                revision: string;
            })[];
            next_cursor: string | null;
        };
        Page_SettingView: {
            items: {
                doc: string;
                name: string;
                source: string;
                value: string | null;
            }[];
            next_cursor: string | null;
        };
        Page_ShadowCallSummary: {
            items: {
                call_id: components["schemas"]["CallId"];
                cost_micros: number;
                /** @example USD */
                currency: string;
                ended_at: string | null;
                failure: string | null;
                given_after_ms: number | null;
                given_by: string;
                id: components["schemas"]["ShadowCallId"];
                provider: components["schemas"]["VoiceName"];
                started_at: string;
                turns: number;
                unheard_after_ms: number | null;
            }[];
            next_cursor: string | null;
        };
        Page_SignInPlaceView: {
            items: {
                address: string | null;
                created_at: string;
                expires_at: string;
                id: string;
                is_current: boolean;
                /** @example page */
                kind: string;
                used_at: string;
                user_agent: string | null;
            }[];
            next_cursor: string | null;
        };
        Page_SlotView: {
            items: {
                ends_at: string;
                local: string;
                starts_at: string;
            }[];
            next_cursor: string | null;
        };
        Page_SwitchView: {
            items: {
                /** @example 10.0.0.5:8021 */
                address: string;
                calls: number;
                channels: number | null;
                dialplan_refused: components["schemas"]["DialplanRefused"] | null;
                events: number;
                fault: string | null;
                is_connected: boolean;
                kind: components["schemas"]["SwitchKind"] | null;
                last_event_at: string | null;
                losses: number;
                /** @example pbx1 */
                name: string;
            }[];
            next_cursor: string | null;
        };
        Page_TalkLinkView: {
            items: (components["schemas"]["TalkLink"] & {
                revision: string;
            })[];
            next_cursor: string | null;
        };
        Page_TranscriptItem: {
            items: {
                at: string;
                interrupted: boolean;
                role: components["schemas"]["SpeakerRole"];
                seq: number;
                text: string;
            }[];
            next_cursor: string | null;
        };
        Page_UntrustedProxyView: {
            items: {
                /** @example 127.0.0.1 */
                address: string;
                last_at: string;
                requests: number;
            }[];
            next_cursor: string | null;
        };
        Page_UserView: {
            items: (components["schemas"]["User"] & {
                revision: string;
            })[];
            next_cursor: string | null;
        };
        Page_VoiceHealthView: {
            items: {
                account: components["schemas"]["WhoseAccount"];
                calls: number;
                circuit: components["schemas"]["CircuitView"];
                cost_per_minute_micros: number | null;
                currency: string;
                open_until: string | null;
                provider: components["schemas"]["VoiceName"];
                reply_p50_ms: number | null;
                reply_p95_ms: number | null;
                share_percent: number;
            }[];
            next_cursor: string | null;
        };
        Page_WebhookView: {
            items: {
                created_at: string;
                enabled: boolean;
                events: components["schemas"]["EventKind"][];
                failing_since: string | null;
                id: components["schemas"]["WebhookId"];
                off_reason: string | null;
                revision: string;
                url: string;
            }[];
            next_cursor: string | null;
        };
        Page_WrapUpView: {
            items: {
                call_id: components["schemas"]["CallId"];
                disposition: string | null;
                disposition_id: components["schemas"]["DispositionId"] | null;
                ended_at: string;
                note: string;
                queue_id: components["schemas"]["QueueId"] | null;
                started_at: string;
                user_id: components["schemas"]["UserId"];
            }[];
            next_cursor: string | null;
        };
        Passage: {
            language: string;
            text: string;
        };
        PasswordBody: {
            password: string;
        };
        Permission: "calls_read" | "calls_control" | "calls_supervise" | "calls_annotate" | "recordings_play" | "profiles_read" | "profiles_write" | "dialling_read" | "dialling_write" | "business_read" | "business_write" | "customers_read" | "customers_write" | "leads_read" | "leads_write" | "appointments_read" | "appointments_write" | "messages_read" | "messages_send" | "desk_use" | "floor_read" | "callbacks_write" | "floor_write" | "dashboard_read" | "integrations_read" | "integrations_write" | "users_read" | "users_write" | "tokens_write" | "audit_read" | "installation";
        PersonExport: components["schemas"]["ExportedPerson"] & {
            appointments: components["schemas"]["Appointment"][];
            attempts: components["schemas"]["Attempt"][];
            callbacks: components["schemas"]["CallbackView"][];
            calls: components["schemas"]["ExportedCall"][];
            contacts: components["schemas"]["ListedContact"][];
            leads: components["schemas"]["Lead"][];
            messages: components["schemas"]["Message"][];
        };
        PhoneNow: {
            phone: "rings";
        } | {
            phone: "answered";
        } | {
            phone: "put_down";
        } | {
            cause?: components["schemas"]["HangupCause"] | null;
            failure: components["schemas"]["HandoffFailure"];
            phone: "failed";
        };
        /** @example +493012345 */
        PhoneNumber: string;
        PhoneNumberBody: {
            block_anonymous?: boolean;
            blocked?: components["schemas"]["Instead"];
            blocked_callers?: string[];
            closed?: components["schemas"]["Instead"] | null;
            id?: unknown;
            label?: string;
            mode?: components["schemas"]["AnsweringMode"];
            no_capacity?: components["schemas"]["Instead"];
            /** @example +49 30 12345678 */
            number: string;
            profile_id: components["schemas"]["ProfileId"];
            proof?: unknown;
            revision?: string | null;
            unreached?: unknown;
        };
        PhoneNumberId: string;
        PhoneNumberView: components["schemas"]["Answering"] & {
            id: components["schemas"]["PhoneNumberId"];
            number: components["schemas"]["E164"];
            profile_id: components["schemas"]["ProfileId"];
            proof: components["schemas"]["ProofView"];
            revision: string;
            unreached: string[];
        };
        Pick: {
            call_id: components["schemas"]["CallId"];
            reasons: components["schemas"]["PickReason"][];
        };
        PickReason: "alarm" | "handed_off" | "short" | "random";
        PickRules: {
            alarm: boolean;
            handed_off: boolean;
            random_percent: number;
            shorter_than_s: number | null;
        };
        PickRulesBody: {
            alarm: boolean;
            handed_off: boolean;
            random_percent: number;
            shorter_than_s?: number | null;
        };
        PlayedEnd: "finished" | "cleared";
        PostKind: "json" | "form";
        PresenceReason: {
            id: components["schemas"]["PresenceReasonId"];
            name: string;
            organization_id: components["schemas"]["OrganizationId"];
            position: number;
        };
        PresenceReasonId: string;
        PresenceView: components["schemas"]["ExtensionChecked"] & {
            switch: string;
        };
        PreviewBody: {
            /** @default a */
            draft: components["schemas"]["DraftSlot"];
            /** @default null */
            voice: string | null;
        };
        PreviewSays: "first_words" | "recording" | "nothing";
        PreviewView: {
            contact: components["schemas"]["ContactView"] | null;
            next_at: string | null;
            until: string | null;
        };
        PreviewedCallView: {
            call_id: components["schemas"]["CallId"];
        };
        Price: {
            amount_minor: number;
            currency: components["schemas"]["Currency"];
            type: "fixed";
        } | {
            currency: components["schemas"]["Currency"];
            from_minor: number;
            to_minor: number;
            type: "from_to";
        } | {
            amount_minor: number;
            currency: components["schemas"]["Currency"];
            type: "hourly";
        } | {
            type: "on_request";
        };
        Problem: {
            code: "address_refused" | "agent_of_call" | "already_held" | "already_written" | "answer_not_kept" | "bad_input" | "bad_signature" | "bad_target" | "being_deleted" | "body_too_long" | "busy" | "call_is_live" | "call_over" | "caller_ids_rest" | "caller_left" | "calls_live" | "campaign_runs" | "campaign_state" | "cancelled" | "cannot_speak_text" | "changed_meanwhile" | "claimed" | "colleague_not_there" | "configured" | "congestion" | "consult_under_way" | "daily_cap" | "declined" | "dial_limit" | "dialler_away" | "dialler_unusable" | "done" | "draft_exists" | "edited_meanwhile" | "email_taken" | "everything" | "extension_taken" | "failed" | "failing" | "forbidden" | "foreign_origin" | "handoff_under_way" | "has_totp" | "idempotency_key_in_use" | "idempotency_key_reused" | "identity_bad_signature" | "identity_expired" | "identity_no_secret" | "identity_unreadable" | "in_call" | "in_use" | "incapable" | "invalid" | "kept_free" | "keys_taken" | "last_owner" | "last_profile" | "line_in_call" | "lines_still_ready" | "method_not_allowed" | "name_taken" | "never_published" | "no_agent" | "no_agent_to_hear" | "no_answer" | "no_consult" | "no_csrf_token" | "no_dialler" | "no_duration" | "no_examples" | "no_first_words" | "no_hours" | "no_mail" | "no_mail_server" | "no_port_range" | "no_preview" | "no_secret" | "no_sign_in" | "no_such_target" | "no_switch" | "no_trunk" | "no_upgrade" | "no_user" | "no_voice" | "no_words" | "no_wrap_up" | "not_allowed" | "not_available" | "not_callable" | "not_conversing" | "not_found" | "not_held" | "not_in_call" | "not_json" | "not_of_queue" | "not_offered" | "not_previewed" | "not_suspended" | "not_undone" | "not_your_call" | "number_taken" | "offer_gone" | "offline" | "organization_suspended" | "other_region" | "others_in_call" | "outcome_unknown" | "phone_taken" | "ports_used_up" | "profile_has_number" | "profile_has_talk_link" | "profile_in_use" | "profile_not_cached" | "range_not_satisfiable" | "rate_limited" | "refused" | "share_used_up" | "shared_already" | "sign_in_over" | "slot_taken" | "subscription_under_way" | "switched_off" | "talks_by_phone" | "timed_out" | "timeout" | "too_long" | "too_many" | "too_many_attempts" | "too_many_calls" | "too_many_requests" | "too_many_supervisors" | "too_slow" | "totp_required" | "trunk" | "unallocated" | "unauthorized" | "unavailable" | "unknown_service" | "unreachable" | "unregistered" | "uri_too_long" | "voicemail" | "which_switch" | "wrap_up_due" | "wrong_credentials";
            current?: Record<string, never> | null;
            detail: string;
            errors?: components["schemas"]["Fault"][];
            params?: Record<string, never> | null;
            status: number;
            title: string;
            type: string;
        };
        ProfileActivity: {
            action: components["schemas"]["ActivityAction"];
            at: string;
            title: string;
            type: components["schemas"]["ActivityType"];
        };
        ProfileBody: {
            after_handoff?: components["schemas"]["AfterHandoff"];
            agent?: components["schemas"]["HostedAgentBody"] | null;
            assistant_in_handoff?: components["schemas"]["AssistantInHandoff"];
            dtmf_actions?: components["schemas"]["DtmfAction"][];
            extraction?: components["schemas"]["ExtractionFieldBody"][];
            greeting?: string | null;
            handoff_style?: components["schemas"]["HandoffStyle"];
            handoff_words?: components["schemas"]["HandoffWordsBody"];
            has_unpublished_changes?: boolean | null;
            id?: unknown;
            instructions?: string;
            /**
             * @default en
             * @example en
             */
            language: string;
            max_output_tokens?: number | null;
            must_stay_in?: components["schemas"]["DataRegion"] | null;
            /** @example receptionist */
            name: string;
            noise_reduction?: components["schemas"]["NoiseReduction"] | null;
            notice?: string | null;
            /** @default true */
            publish: boolean;
            published_version?: number | null;
            revision?: number | null;
            shadow?: components["schemas"]["ShadowSettingsBody"] | null;
            /** @default 100 */
            speed_percent: number;
            style?: components["schemas"]["StyleBody"];
            tools?: components["schemas"]["ToolName"][];
            topics?: components["schemas"]["TopicRuleBody"][];
            /** @default true */
            transcription: boolean;
            turn_detection?: components["schemas"]["TurnDetection"];
            voice?: string | null;
            voices?: components["schemas"]["VoiceLinkBody"][];
        };
        ProfileChange: {
            /** @default null */
            after_handoff: components["schemas"]["AfterHandoff"];
            /** @default null */
            agent: components["schemas"]["HostedAgentBody"] | null;
            /** @default null */
            assistant_in_handoff: components["schemas"]["AssistantInHandoff"];
            /** @default null */
            dtmf_actions: components["schemas"]["DtmfAction"][] | null;
            /** @default null */
            extraction: components["schemas"]["ExtractionFieldBody"][] | null;
            /** @default null */
            greeting: string | null;
            /** @default null */
            handoff_style: components["schemas"]["HandoffStyle"];
            /** @default null */
            handoff_words: components["schemas"]["HandoffWordsBody"];
            has_unpublished_changes?: unknown;
            id?: unknown;
            /** @default null */
            instructions: string | null;
            /**
             * @default null
             * @example en
             */
            language: string;
            /** @default null */
            max_output_tokens: number | null;
            /** @default null */
            must_stay_in: components["schemas"]["DataRegion"] | null;
            /**
             * @default null
             * @example receptionist
             */
            name: string;
            /** @default null */
            noise_reduction: components["schemas"]["NoiseReduction"] | null;
            /** @default null */
            notice: string | null;
            /** @default true */
            publish: boolean;
            published_version?: unknown;
            /** @default null */
            revision: number | null;
            /** @default null */
            shadow: components["schemas"]["ShadowSettingsBody"] | null;
            /** @default null */
            speed_percent: number;
            /** @default null */
            style: components["schemas"]["StyleBody"];
            /** @default null */
            tools: components["schemas"]["ToolName"][] | null;
            /** @default null */
            topics: components["schemas"]["TopicRuleBody"][] | null;
            /** @default null */
            transcription: boolean;
            /** @default null */
            turn_detection: components["schemas"]["TurnDetection"];
            /** @default null */
            voice: string | null;
            /** @default null */
            voices: components["schemas"]["VoiceLinkBody"][] | null;
        };
        ProfileCustomer: {
            email: string;
            id: components["schemas"]["CustomerId"] | null;
            known_by: components["schemas"]["KnownBy"];
            name: string;
            phone: string;
            verified_by?: string | null;
        };
        ProfileId: string;
        ProfileInPlaceBody: components["schemas"]["ProfileBody"] & {
            revision: number;
        };
        ProfileLine: {
            at: string;
            content: string;
            role: components["schemas"]["SpeakerRole"];
        };
        ProfileOutcome: {
            outcome: "cached";
        } | {
            outcome: "cached_here";
            reason: string;
        } | {
            outcome: "failed";
            reason: string;
        };
        ProfileSource: "asterisk" | "freeswitch" | "twilio" | "web" | "cordboard";
        ProfileView: components["schemas"]["SpeechSettings"] & {
            after_handoff: components["schemas"]["AfterHandoff"];
            assistant_in_handoff: components["schemas"]["AssistantInHandoff"];
            dtmf_actions: components["schemas"]["DtmfAction"][];
            extraction: components["schemas"]["ExtractionField"][];
            greeting: string | null;
            handoff_style: components["schemas"]["HandoffStyle"];
            handoff_words: components["schemas"]["HandoffWords"];
            has_unpublished_changes: boolean;
            id: components["schemas"]["ProfileId"];
            instructions: string;
            language: string;
            name: string;
            notice: string | null;
            published_version: number;
            revision: number;
            style: components["schemas"]["Style"];
            tools: components["schemas"]["ToolName"][];
            topics: components["schemas"]["TopicRule"][];
        };
        ProfilesView: {
            items: components["schemas"]["ProfileView"][];
            next_cursor: string | null;
            unreadable: components["schemas"]["UnreadableProfileView"][];
        };
        ProgressView: {
            abandon_rate: components["schemas"]["AbandonRateView"] | null;
            calling: number;
            contacts: number;
            done: number;
            ends: components["schemas"]["EndCount"][];
            is_filtering: boolean;
            left_out: number;
            open: number;
            outcomes: components["schemas"]["OutcomeCount"][];
            waiting: number;
            waits_for_links: boolean;
        };
        PromptBody: {
            business: components["schemas"]["BusinessBody"];
            profile_id?: components["schemas"]["ProfileId"] | null;
        };
        PromptView: {
            added: string;
            chars: number;
            profile: string;
            profile_id: components["schemas"]["ProfileId"];
            text: string;
        };
        ProofView: "operator" | "account" | "none";
        ProviderFailure: "unreachable" | "unauthorized" | "unknown_model" | "rate_limited" | "quota_exhausted" | "provider_error" | "session_expired" | "disconnected" | "stalled" | "bad_protocol" | "panicked" | "passed_over" | "other";
        Publication: {
            note: string;
            profile_id: components["schemas"]["ProfileId"];
            published_at: string;
            published_by: components["schemas"]["Actor"];
            version: number;
        };
        PublishBody: {
            /** @default  */
            note: string;
            /** @default null */
            revision: number | null;
        };
        QualityView: {
            agents: components["schemas"]["AgentAverage"][];
            assistants: components["schemas"]["AssistantAverage"][];
            picks: components["schemas"]["Pick"][];
        };
        Question: {
            answer: string;
            question: string;
        };
        QuestionBody: {
            answer: string;
            question: string;
        };
        QuestionKind: "yes_no" | "one_to_five" | "text";
        QueueBody: {
            id?: unknown;
            in_hours_only?: boolean;
            /** @default 300 */
            max_wait_s: number;
            /** @default 20 */
            max_waiting: number;
            members?: components["schemas"]["QueueMemberBody"][];
            /** @example support */
            name: string;
            overflow?: components["schemas"]["Overflow"];
            priority?: number;
            revision?: string | null;
            /** @default 20 */
            ring_s: number;
            skills?: string[];
            strategy?: components["schemas"]["Strategy"];
            /** @default true */
            tells_position: boolean;
            /** @example Support, first line */
            title?: string;
            wrap_up_required?: boolean;
            /** @default 60 */
            wrap_up_s: number;
        };
        QueueId: string;
        QueueMember: {
            tier: number;
            user_id: components["schemas"]["UserId"];
        };
        QueueMemberBody: {
            tier?: number;
            user_id: components["schemas"]["UserId"];
        };
        QueueView: {
            id: components["schemas"]["QueueId"];
            in_hours_only: boolean;
            max_wait_s: number;
            max_waiting: number;
            members: components["schemas"]["QueueMember"][];
            name: string;
            overflow: components["schemas"]["Overflow"];
            priority: number;
            revision: string;
            ring_s: number;
            skills: string[];
            strategy: components["schemas"]["Strategy"];
            tells_position: boolean;
            title: string;
            wrap_up_required: boolean;
            wrap_up_s: number;
        };
        Readiness: {
            cache: components["schemas"]["CacheState"] | null;
            calls: Record<string, never> | null;
            data_dir: string | null;
            journal: Record<string, never> | null;
            ready: boolean;
            reasons: string[] | null;
        };
        Recipients: {
            /**
             * @default []
             * @example [
             *       "owner@example.com"
             *     ]
             */
            email: string[];
            /**
             * @default []
             * @example [
             *       "+4930123456"
             *     ]
             */
            sms: string[];
        };
        RecipientsBody: {
            /**
             * @default []
             * @example [
             *       "owner@example.com"
             *     ]
             */
            email: string[];
            /**
             * @default []
             * @example [
             *       "+4930123456"
             *     ]
             */
            sms: string[];
        };
        RecordingPayload: {
            call_id: components["schemas"]["CallId"];
            duration_ms: number;
            lost_ms?: number | null;
            /** @example /api/v1/calls/0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10/recording */
            path: string;
        };
        RecoveryView: {
            recovery_codes: string[];
        };
        RefreshBody: {
            refresh_token: string;
        };
        RefusedRow: {
            cells: string[];
            faults: components["schemas"]["Fault"][];
            row: number;
        };
        RegisterBody: {
            /** @example ada@example.com */
            email: string;
            /** @example Ada */
            name: string;
            /** @example Lovelace Plumbing */
            organization: string;
            password: string;
            setup_token?: string | null;
        };
        Registration: "open" | "invite" | "closed";
        RegistrationView: {
            has_owner: boolean;
            has_users: boolean;
            password_chars_min: number;
            registration: components["schemas"]["Registration"];
        };
        RegistryView: {
            mailbox: number;
            restarts: number;
            since: string;
        };
        RemoteAgent: {
            campaign_id: string;
            closer_campaigns: string;
            conf_exten: string;
            number_of_lines: number;
            remote_agent_id: number;
            server_ip: string;
            status: components["schemas"]["RemoteAgentStatus"];
            /** @example 1001 */
            user_start: string;
        };
        RemoteAgentStatus: "ACTIVE" | "INACTIVE";
        RemoteLine: {
            status: components["schemas"]["RemoteLineStatus"] | null;
            user: string;
        };
        RemoteLineStatus: "READY" | "QUEUE" | "INCALL" | "PAUSED" | "CLOSER" | "OTHER";
        ReplayBody: {
            call_id: components["schemas"]["CallId"];
            draft?: components["schemas"]["DraftSlot"];
            version?: number | null;
        };
        ReplayEnd: "whole" | "ended_early" | "too_long" | "too_dear";
        ReplayId: string;
        ReplayKind: "call" | "examples";
        ReplayOutcome: "handed_over" | "booked" | "lead" | "message" | "text" | "ended";
        ReplayState: "running" | "done" | "stopped" | "failed";
        ReplaySummary: {
            asked_by: string;
            call_id: components["schemas"]["CallId"] | null;
            cost_micros: number;
            /** @example USD */
            currency: string;
            draft: components["schemas"]["DraftSlot"];
            draft_revision: number;
            ended_at: string | null;
            failed: number;
            id: components["schemas"]["ReplayId"];
            kind: components["schemas"]["ReplayKind"];
            passed: number;
            profile_id: components["schemas"]["ProfileId"];
            provider: string;
            reason: string | null;
            started_at: string;
            state: components["schemas"]["ReplayState"];
            steps: number;
            steps_done: number;
            turns_changed: number;
            version: number | null;
        };
        ReplayView: components["schemas"]["ReplaySummary"] & {
            call: components["schemas"]["ReplayedCall"] | null;
            examples: components["schemas"]["ExampleResult"][];
        };
        ReplayedCall: {
            end: components["schemas"]["ReplayEnd"] | null;
            new_outcomes: components["schemas"]["ReplayOutcome"][];
            old_outcomes: components["schemas"]["ReplayOutcome"][];
            turns: components["schemas"]["ReplayedTurn"][];
        };
        ReplayedTurn: {
            caller: string;
            kind: components["schemas"]["TurnKind"];
            marks: components["schemas"]["Marks"] | null;
            new: components["schemas"]["Side"] | null;
            old: components["schemas"]["Side"];
            seq: number;
        };
        Report: {
            before: components["schemas"]["ReportPeriod"];
            by: components["schemas"]["Grain"];
            currency: string;
            cut: components["schemas"]["Cut"];
            hours_behind: number;
            key: string | null;
            keys: components["schemas"]["ReportKey"][];
            more_keys: boolean;
            /** @example Europe/London */
            next_tz: string | null;
            now: components["schemas"]["ReportPeriod"];
            rows: components["schemas"]["ReportRow"][];
            /** @example Europe/Berlin */
            tz: string;
        };
        ReportFigures: {
            answered: number;
            bookings: number;
            bridged: number;
            calls: number;
            contained: number;
            conversations: number;
            conversed_ms: number;
            cost_micros: number;
            failures: {
                [key: string]: number;
            };
            handed_over: number;
            handling_ms: number | null;
            handoffs: number;
            inbound: number;
            interruptions: number;
            leads: number;
            missed: number;
            open: number;
            outcomes: {
                [key: string]: number;
            };
            replies: number;
            reply_p50_ms: number | null;
            reply_p95_ms: number | null;
            resolved: number;
            settled: number;
            silent_ms: number;
            talk_ms: number | null;
            wait_p50_ms: number | null;
            wait_p95_ms: number | null;
            waits: number;
            waits_20_s: number;
        };
        ReportKey: {
            before: components["schemas"]["ReportFigures"];
            field: string | null;
            key: string;
            name: string | null;
            now: components["schemas"]["ReportFigures"];
            out_of: number;
            published_on: string | null;
            value: string | null;
            version: number | null;
        };
        ReportMail: {
            can_be_sent: boolean;
            next_at: string | null;
            wanted: components["schemas"]["ReportMailView"] | null;
        };
        ReportMailBody: {
            hour: number;
            /** @example Europe/Berlin */
            tz: string;
            weekday: number;
        };
        ReportMailChange: {
            can_be_sent?: unknown;
            hour?: number | null;
            next_at?: unknown;
            /** @example Europe/Berlin */
            tz?: string | null;
            wanted?: components["schemas"]["ReportMailBody"] | null;
            weekday?: number | null;
        };
        ReportMailView: {
            hour: number;
            /** @example Europe/Berlin */
            tz: string;
            weekday: number;
        };
        ReportPeriod: {
            figures: components["schemas"]["ReportFigures"];
            from: string;
            to: string;
        };
        ReportRow: {
            at: string;
            date: string;
            figures: components["schemas"]["ReportFigures"];
            hour: number | null;
            until: string;
        };
        ResetBody: {
            password: string;
            token: string;
        };
        RestReason: "day_maximum" | "unanswered";
        Retention: {
            /** @example 365 */
            audit_log_days: number | null;
            calls_days: number | null;
            customers_days: number | null;
            /** @example 90 */
            recordings_days: number | null;
            /** @example 180 */
            words_days: number | null;
        };
        RetentionBody: {
            /** @example 365 */
            audit_log_days?: number | null;
            calls_days?: number | null;
            customers_days?: number | null;
            /** @example 90 */
            recordings_days?: number | null;
            /** @example 180 */
            words_days?: number | null;
        };
        RetentionChange: {
            /** @example 365 */
            audit_log_days?: number | null;
            calls_days?: number | null;
            customers_days?: number | null;
            /** @example 90 */
            recordings_days?: number | null;
            revision?: string | null;
            /** @example 180 */
            words_days?: number | null;
        };
        RetentionCounts: {
            audit_log: number;
            calls: number;
            customers: number;
            recordings: number;
            words: number;
        };
        RetentionKind: "recordings" | "words" | "calls" | "customers" | "audit_log";
        RetentionPartId: string;
        RetentionRun: {
            at: string;
            bytes: number;
            deleted: number;
            id: components["schemas"]["RetentionRunId"];
            kept_days: number;
            kind: components["schemas"]["RetentionKind"];
        };
        RetentionRunId: string;
        RetentionView: components["schemas"]["Retention"] & {
            revision: string;
        };
        Retries: {
            /**
             * @default {
             *       "growth_percent": 100,
             *       "pause_s": 259200,
             *       "tries": 2
             *     }
             */
            abandoned: components["schemas"]["Retry"];
            /** @default false */
            best_hour: boolean;
            /**
             * @default {
             *       "growth_percent": 200,
             *       "pause_s": 900,
             *       "tries": 3
             *     }
             */
            busy: components["schemas"]["Retry"];
            /**
             * @default {
             *       "growth_percent": 100,
             *       "pause_s": 86400,
             *       "tries": 1
             *     }
             */
            declined: components["schemas"]["Retry"];
            /**
             * @default {
             *       "growth_percent": 300,
             *       "pause_s": 600,
             *       "tries": 3
             *     }
             */
            failed: components["schemas"]["Retry"];
            /**
             * @default {
             *       "growth_percent": 200,
             *       "pause_s": 21600,
             *       "tries": 3
             *     }
             */
            machine: components["schemas"]["Retry"];
            /**
             * @default {
             *       "growth_percent": 200,
             *       "pause_s": 14400,
             *       "tries": 3
             *     }
             */
            no_answer: components["schemas"]["Retry"];
            /** @default 5 */
            tries_max: number;
        };
        RetriesBody: {
            /**
             * @default {
             *       "growth_percent": 100,
             *       "pause_s": 259200,
             *       "tries": 2
             *     }
             */
            abandoned: components["schemas"]["RetryBody"];
            /** @default false */
            best_hour: boolean;
            /**
             * @default {
             *       "growth_percent": 200,
             *       "pause_s": 900,
             *       "tries": 3
             *     }
             */
            busy: components["schemas"]["RetryBody"];
            /**
             * @default {
             *       "growth_percent": 100,
             *       "pause_s": 86400,
             *       "tries": 1
             *     }
             */
            declined: components["schemas"]["RetryBody"];
            /**
             * @default {
             *       "growth_percent": 300,
             *       "pause_s": 600,
             *       "tries": 3
             *     }
             */
            failed: components["schemas"]["RetryBody"];
            /**
             * @default {
             *       "growth_percent": 200,
             *       "pause_s": 21600,
             *       "tries": 3
             *     }
             */
            machine: components["schemas"]["RetryBody"];
            /**
             * @default {
             *       "growth_percent": 200,
             *       "pause_s": 14400,
             *       "tries": 3
             *     }
             */
            no_answer: components["schemas"]["RetryBody"];
            /** @default 5 */
            tries_max: number;
        };
        Retry: {
            growth_percent: number;
            pause_s: number;
            tries: number;
        };
        RetryBody: {
            growth_percent: number;
            pause_s: number;
            tries: number;
        };
        Role: "agent" | "supervisor" | "admin" | "owner";
        RollbackBody: {
            note?: string;
            version: number;
        };
        RowFault: components["schemas"]["Fault"] & {
            row: number;
        };
        Rules: {
            /** @default 30 */
            abandoned_permille_max: number;
            /** @default 1 */
            at_once_max: number;
            /** @default  */
            consent: string;
            /**
             * @default {
             *       "assumed_zones": [],
             *       "days_off": [],
             *       "windows": []
             *     }
             */
            hours: components["schemas"]["CallingHours"];
            /** @default assistants */
            mode: components["schemas"]["Mode"];
            /** @default 30 */
            per_minute_max: number;
            /**
             * @default {
             *       "abandoned": {
             *         "growth_percent": 100,
             *         "pause_s": 259200,
             *         "tries": 2
             *       },
             *       "best_hour": false,
             *       "busy": {
             *         "growth_percent": 200,
             *         "pause_s": 900,
             *         "tries": 3
             *       },
             *       "declined": {
             *         "growth_percent": 100,
             *         "pause_s": 86400,
             *         "tries": 1
             *       },
             *       "failed": {
             *         "growth_percent": 300,
             *         "pause_s": 600,
             *         "tries": 3
             *       },
             *       "machine": {
             *         "growth_percent": 200,
             *         "pause_s": 21600,
             *         "tries": 3
             *       },
             *       "no_answer": {
             *         "growth_percent": 200,
             *         "pause_s": 14400,
             *         "tries": 3
             *       },
             *       "tries_max": 5
             *     }
             */
            retries: components["schemas"]["Retries"];
        };
        RulesBody: {
            /** @default 30 */
            abandoned_permille_max: number;
            /** @default 1 */
            at_once_max: number;
            /** @default  */
            consent: string;
            /**
             * @default {
             *       "assumed_zones": [],
             *       "days_off": [],
             *       "windows": []
             *     }
             */
            hours: components["schemas"]["CallingHoursBody"];
            /** @default assistants */
            mode: components["schemas"]["Mode"];
            /** @default 30 */
            per_minute_max: number;
            /**
             * @default {
             *       "abandoned": {
             *         "growth_percent": 100,
             *         "pause_s": 259200,
             *         "tries": 2
             *       },
             *       "best_hour": false,
             *       "busy": {
             *         "growth_percent": 200,
             *         "pause_s": 900,
             *         "tries": 3
             *       },
             *       "declined": {
             *         "growth_percent": 100,
             *         "pause_s": 86400,
             *         "tries": 1
             *       },
             *       "failed": {
             *         "growth_percent": 300,
             *         "pause_s": 600,
             *         "tries": 3
             *       },
             *       "machine": {
             *         "growth_percent": 200,
             *         "pause_s": 21600,
             *         "tries": 3
             *       },
             *       "no_answer": {
             *         "growth_percent": 200,
             *         "pause_s": 14400,
             *         "tries": 3
             *       },
             *       "tries_max": 5
             *     }
             */
            retries: components["schemas"]["RetriesBody"];
        };
        SaidBy: "anybody" | "caller" | "assistant";
        /** @example 8000 */
        SampleRate: number;
        SavedCallView: components["schemas"]["SavedView"] & {
            revision: string;
        };
        SavedCallViewBody: {
            columns?: string[];
            created_at?: unknown;
            default?: boolean;
            filters?: {
                [key: string]: string;
            };
            id?: unknown;
            name: string;
            owner_id?: unknown;
            revision?: string | null;
            shared?: boolean;
        };
        SavedView: components["schemas"]["SavedViewContent"] & {
            created_at: string;
            id: components["schemas"]["CallViewId"];
            owner_id: components["schemas"]["UserId"] | null;
        };
        SavedViewContent: {
            columns: string[];
            default: boolean;
            filters: {
                [key: string]: string;
            };
            name: string;
            shared: boolean;
        };
        SayBody: {
            /** @example Your table is booked. */
            text: string;
        };
        Score: boolean | number | string;
        ScoreBody: {
            answers?: Record<string, never> | null;
            names?: unknown;
            not_judged?: unknown;
            revision?: string | null;
            score?: components["schemas"]["SentScore"] | null;
        };
        ScoreQuestion: {
            /** @example greeted */
            id: string;
            kind: components["schemas"]["QuestionKind"];
            /** @example Was the caller greeted by name? */
            text: string;
        };
        ScoreQuestionBody: {
            /** @example greeted */
            id: string;
            kind: components["schemas"]["QuestionKind"];
            /** @example Was the caller greeted by name? */
            text: string;
        };
        ScoreView: {
            names: {
                [key: string]: string;
            };
            not_judged: components["schemas"]["NotJudged"] | null;
            revision: string;
            score: components["schemas"]["CallScore"] | null;
        };
        ScorecardBody: {
            by_model?: components["schemas"]["ScoredByModel"];
            picks: components["schemas"]["PickRulesBody"];
            questions: components["schemas"]["ScoreQuestionBody"][];
            revision?: string | null;
        };
        ScorecardView: {
            by_model: components["schemas"]["ScoredByModel"];
            picks: components["schemas"]["PickRules"];
            questions: components["schemas"]["ScoreQuestion"][];
            revision: string;
        };
        ScoredByModel: "none" | "picked" | "all";
        SearchHit: {
            at: string | null;
            detail: string;
            id: string;
            title: string;
        };
        SearchView: {
            agents: components["schemas"]["SearchHit"][];
            calls: components["schemas"]["SearchHit"][];
            customers: components["schemas"]["SearchHit"][];
            leads: components["schemas"]["SearchHit"][];
            phone_numbers: components["schemas"]["SearchHit"][];
            profiles: components["schemas"]["SearchHit"][];
        };
        SecretChange: components["schemas"]["SentSecret"] | null;
        SecretView: {
            ends_with: string | null;
            set: boolean;
        };
        SecretViewBody: {
            ends_with?: string | null;
            set: boolean;
        };
        SentHeader: {
            name: string;
            value: string;
        };
        SentScore: {
            answers: Record<string, never>;
            call_id?: unknown;
            corrections?: unknown;
            filled_at?: unknown;
            filled_by?: unknown;
            model?: unknown;
            percent?: unknown;
        };
        SentSecret: components["schemas"]["Typed"] | components["schemas"]["SecretViewBody"];
        Service: {
            begins_together?: boolean;
            buffer_after_minutes?: number;
            buffer_before_minutes?: number;
            capacity?: number;
            description: string;
            duration_minutes: number | null;
            name: string;
            price: components["schemas"]["Price"];
            resource?: string | null;
        };
        ServiceBody: {
            begins_together?: boolean;
            buffer_after_minutes?: number;
            buffer_before_minutes?: number;
            capacity?: number;
            description?: string;
            duration_minutes?: number | null;
            name: string;
            price?: components["schemas"]["Price"];
            resource?: string | null;
        };
        ServiceIntegration: {
            base_url: string;
            region?: components["schemas"]["DataRegion"] | null;
        };
        SessionView: {
            csrf: string;
            expires_at: string;
            language: components["schemas"]["PageLanguage"] | null;
            user: components["schemas"]["User"] | null;
        };
        SettingView: {
            doc: string;
            name: string;
            source: string;
            value: string | null;
        };
        ShadowAnswer: {
            after_ms: number | null;
            text: string;
            tools: components["schemas"]["ShadowTool"][];
        };
        ShadowCallId: string;
        ShadowCallSummary: {
            call_id: components["schemas"]["CallId"];
            cost_micros: number;
            /** @example USD */
            currency: string;
            ended_at: string | null;
            failure: string | null;
            given_after_ms: number | null;
            given_by: string;
            id: components["schemas"]["ShadowCallId"];
            provider: components["schemas"]["VoiceName"];
            started_at: string;
            turns: number;
            unheard_after_ms: number | null;
        };
        ShadowCallView: components["schemas"]["ShadowCallSummary"] & {
            exchanges: components["schemas"]["ShadowTurn"][];
        };
        ShadowCosts: {
            calls: number;
            /** @example USD */
            currency: string;
            since: string;
            spent_micros: number;
            talk_ms: number;
        };
        ShadowSettings: {
            agent_id: string | null;
            /** @example 5000000 */
            month_cost_max_micros: number;
            /** @default false */
            overrides: boolean;
            provider: components["schemas"]["VoiceName"];
            /** @example 10 */
            share_percent: number;
            voice: string | null;
        };
        ShadowSettingsBody: {
            agent_id?: string | null;
            /** @example 5000000 */
            month_cost_max_micros: number;
            /** @default false */
            overrides: boolean;
            provider: components["schemas"]["VoiceName"];
            /** @example 10 */
            share_percent: number;
            voice?: string | null;
        };
        ShadowTool: {
            arguments: unknown;
            name: string;
        };
        ShadowTurn: {
            at: string;
            given: components["schemas"]["ShadowAnswer"];
            said: string;
            understood: string;
            unheard: components["schemas"]["ShadowAnswer"];
        };
        ShareInterval: {
            high: number;
            low: number;
            share: number;
        };
        ShowableView: {
            numbers: components["schemas"]["E164"][];
            others: boolean;
        };
        Side: {
            said: string;
            tools: components["schemas"]["ToolInTurn"][];
        };
        SignInBody: {
            code?: string | null;
            email?: string | null;
            password?: string | null;
            token?: string | null;
        };
        SignInPlaceView: {
            address: string | null;
            created_at: string;
            expires_at: string;
            id: string;
            is_current: boolean;
            /** @example page */
            kind: string;
            used_at: string;
            user_agent: string | null;
        };
        SignInView: {
            access_token: string;
            expires_at: string;
            refresh_expires_at: string;
            refresh_token: string;
            token_type: string;
            user: components["schemas"]["User"];
        };
        SignedIdentity: {
            by: string;
            email: string;
            id: string | null;
            name: string;
        };
        SigningSecretBody: {
            secret?: string | null;
        };
        SkipBody: {
            reason: components["schemas"]["SkipReason"];
        };
        SkipReason: "not_now" | "wrong_data" | "for_somebody_else" | "other";
        SlotView: {
            ends_at: string;
            local: string;
            starts_at: string;
        };
        SmsTemplate: {
            /** @example confirmation */
            name: string;
            /** @example See you on {appointment}. {business} */
            text: string;
        };
        SmsTemplateBody: {
            /** @example confirmation */
            name: string;
            /** @example See you on {appointment}. {business} */
            text: string;
        };
        SoftphoneView: {
            /** @example pbx.example */
            domain: string;
            /** @example wss://pbx.example:8089/ws */
            url: string;
        };
        SpeakerRole: "caller" | "assistant";
        SpeechSettings: {
            /** @default null */
            agent: components["schemas"]["HostedAgent"] | null;
            /** @default null */
            max_output_tokens: number | null;
            /** @default null */
            must_stay_in: components["schemas"]["DataRegion"] | null;
            /** @default null */
            noise_reduction: components["schemas"]["NoiseReduction"] | null;
            /** @default null */
            shadow: components["schemas"]["ShadowSettings"] | null;
            /** @default 100 */
            speed_percent: number;
            /** @default true */
            transcription: boolean;
            /**
             * @default {
             *       "prefix_padding_ms": 300,
             *       "silence_duration_ms": 500,
             *       "threshold_percent": 50,
             *       "type": "server_vad"
             *     }
             */
            turn_detection: components["schemas"]["TurnDetection"];
            /** @default null */
            voice: string | null;
            /** @default [] */
            voices: components["schemas"]["VoiceLink"][];
        };
        StepView: {
            at: string;
            /** @example speech_started */
            kind: string;
        };
        Strategy: "longest_idle" | "ring_all";
        Style: {
            /** @default 50 */
            assertiveness: number;
            /** @default 50 */
            formality: number;
            /** @default 50 */
            interruptibility: number;
            /** @default 50 */
            pace: number;
            /** @default null */
            response_delay_ms: number | null;
            /** @default null */
            silence_reminder_s: number | null;
            /** @default 50 */
            verbosity: number;
            /** @default 50 */
            warmth: number;
        };
        StyleBody: {
            /** @default 50 */
            assertiveness: number;
            /** @default 50 */
            formality: number;
            /** @default 50 */
            interruptibility: number;
            /** @default 50 */
            pace: number;
            /** @default null */
            response_delay_ms: number | null;
            /** @default null */
            silence_reminder_s: number | null;
            /** @default 50 */
            verbosity: number;
            /** @default 50 */
            warmth: number;
        };
        Supervising: {
            mode: components["schemas"]["SupervisionMode"];
            user_id: components["schemas"]["UserId"];
        };
        SupervisionBody: {
            mode: components["schemas"]["SupervisionMode"];
        };
        SupervisionEnd: "left" | "took_over" | "audio_lost" | "not_allowed" | "left_to_switch" | "call_ended" | "server_restarted";
        SupervisionMode: "listen" | "whisper" | "barge";
        SupervisionPolicy: {
            barge: components["schemas"]["Role"] | null;
            listen: components["schemas"]["Role"] | null;
            silent: boolean;
            take_over: components["schemas"]["Role"] | null;
            tell_caller: boolean;
            whisper: components["schemas"]["Role"] | null;
        };
        SupervisionPolicyBody: {
            barge?: components["schemas"]["Role"] | null;
            listen?: components["schemas"]["Role"] | null;
            silent: boolean;
            take_over?: components["schemas"]["Role"] | null;
            tell_caller: boolean;
            whisper?: components["schemas"]["Role"] | null;
        };
        SupervisionView: {
            expires_in_s: number;
            mode: components["schemas"]["SupervisionMode"];
            token: string;
        };
        SupervisorRequest: {
            mode: components["schemas"]["SupervisionMode"];
            silent: boolean;
            tell_caller: boolean;
            wish: "supervise";
        } | {
            modes: components["schemas"]["SupervisionMode"][];
            silent: boolean;
            tell_caller: boolean;
            wish: "bound";
        } | {
            wish: "take_over";
        } | {
            text: string;
            wish: "hint";
        } | {
            wish: "leave";
        };
        SuppressionBody: {
            call_id?: components["schemas"]["CallId"] | null;
            evidence?: string;
            /** @example +493012345678 */
            number: string;
        };
        SuppressionSource: "api" | "assistant" | "key" | "words";
        SwitchKind: "freeswitch" | "asterisk" | "twilio";
        SwitchView: {
            /** @example 10.0.0.5:8021 */
            address: string;
            calls: number;
            channels: number | null;
            dialplan_refused: components["schemas"]["DialplanRefused"] | null;
            events: number;
            fault: string | null;
            is_connected: boolean;
            kind: components["schemas"]["SwitchKind"] | null;
            last_event_at: string | null;
            losses: number;
            /** @example pbx1 */
            name: string;
        };
        TalkCallView: {
            call_id: components["schemas"]["CallId"];
            expires_in_s: number;
            token: string;
        };
        TalkLink: {
            calls_max: number;
            calls_per_hour_max: number;
            created_at: string;
            enabled: boolean;
            id: components["schemas"]["TalkLinkId"];
            last_used_at: string | null;
            name: string;
            /**
             * @example [
             *       "https://www.example.com"
             *     ]
             */
            origins: string[];
            profile_id: components["schemas"]["ProfileId"];
            signing_secret_made_at: string | null;
            widget: components["schemas"]["WidgetLook"];
        };
        TalkLinkBody: {
            calls_max?: number | null;
            calls_per_hour_max?: number | null;
            created_at?: unknown;
            enabled?: boolean;
            id?: unknown;
            last_used_at?: unknown;
            /** @example Our website */
            name: string;
            /**
             * @example [
             *       "https://www.example.com"
             *     ]
             */
            origins?: string[];
            profile_id: components["schemas"]["ProfileId"];
            revision?: unknown;
            signing_secret_made_at?: unknown;
            widget?: components["schemas"]["WidgetLookBody"];
        };
        TalkLinkChange: {
            calls_max?: number | null;
            calls_per_hour_max?: number | null;
            created_at?: unknown;
            enabled?: boolean | null;
            id?: unknown;
            last_used_at?: unknown;
            /** @example Our website */
            name?: string | null;
            /**
             * @example [
             *       "https://www.example.com"
             *     ]
             */
            origins?: string[] | null;
            profile_id?: components["schemas"]["ProfileId"] | null;
            revision?: string | null;
            signing_secret_made_at?: unknown;
            widget?: components["schemas"]["WidgetLookBody"] | null;
        };
        TalkLinkId: string;
        TalkLinkInPlaceBody: {
            calls_max?: number | null;
            calls_per_hour_max?: number | null;
            created_at?: unknown;
            enabled: boolean;
            id?: unknown;
            last_used_at?: unknown;
            /** @example Our website */
            name: string;
            /**
             * @example [
             *       "https://www.example.com"
             *     ]
             */
            origins?: string[];
            profile_id: components["schemas"]["ProfileId"];
            revision?: string | null;
            signing_secret_made_at?: unknown;
            widget?: components["schemas"]["WidgetLookBody"];
        };
        TalkLinkView: components["schemas"]["TalkLink"] & {
            revision: string;
        };
        TalkLinkWithSecret: components["schemas"]["TalkLinkView"] & {
            secret: string;
        };
        TalkView: {
            business: string;
            is_recorded: boolean;
            name: string;
            webrtc: boolean;
            widget: components["schemas"]["WidgetLook"];
        };
        TargetBody: {
            /** @example sales */
            target: string;
        };
        TestCallBody: {
            /** @default a */
            draft: components["schemas"]["DraftSlot"];
            /** @default draft */
            version: components["schemas"]["TriedVersion"];
        };
        TestOutcome: "ok" | "no_secret" | "unauthorized" | "not_found" | "rate_limited" | "refused" | "failing" | "address_refused" | "unreachable" | "timed_out";
        TestedPart: "recognizer" | "llm" | "speech";
        Thing: "alarm" | "alarm_rules" | "activity" | "agent" | "api_token" | "appointment" | "business_profile" | "callback" | "campaign" | "contact" | "custom_tool" | "customer" | "dial_policy" | "disposition" | "extension" | "extraction" | "integration" | "invitation" | "lead" | "message" | "notices" | "onboarding" | "organization" | "phone_number" | "presence_reason" | "profile" | "queue" | "score" | "scorecard" | "supervision_policy" | "suppression" | "talk_link" | "user" | "webhook" | "wrap_up";
        /** @example 08:30 */
        TimeOfDay: string;
        ToQueue: {
            message: string;
            queue: string;
            within_ms: number;
        };
        TokenUsage: {
            /** @default 0 */
            audio_input: number;
            /** @default 0 */
            audio_input_cached: number;
            /** @default 0 */
            audio_ms: number;
            /** @default 0 */
            audio_output: number;
            /** @default 0 */
            text_input: number;
            /** @default 0 */
            text_input_cached: number;
            /** @default 0 */
            text_output: number;
        };
        ToolInTurn: {
            answered_from: components["schemas"]["AnswerSource"] | null;
            arguments: unknown;
            name: string;
            outcome: components["schemas"]["ToolOutcome"] | null;
        };
        ToolMethod: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
        ToolName: "end_call" | "take_message" | "hold_call" | "unhold_call" | "check_extension" | "request_handoff" | "escalate_to_human" | "transfer_call" | "create_lead" | "book_estimate" | "send_sms" | "do_not_call" | "create_event" | "update_event" | "create_todo" | "update_todo" | "complete_todo";
        ToolOrigin: {
            assistant: {
                tool_call: string;
            };
        } | "key" | "words";
        ToolOutcome: {
            extension?: components["schemas"]["ExtensionChecked"] | null;
            note: string;
            outcome: "done";
        } | {
            outcome: "refused";
            reason: string;
        } | {
            failure?: components["schemas"]["HandoffFailure"] | null;
            outcome: "failed";
            reason: string;
        } | {
            outcome: "timed_out";
        };
        TopicRule: {
            /** @example delivery */
            name: string;
            /** @example Delivery */
            title: string;
            /**
             * @example [
             *       "deliver*",
             *       "parcel"
             *     ]
             */
            words: string[];
        };
        TopicRuleBody: {
            /** @example delivery */
            name: string;
            /** @example Delivery */
            title: string;
            /**
             * @example [
             *       "deliver*",
             *       "parcel"
             *     ]
             */
            words: string[];
        };
        TranscriptItem: {
            at: string;
            interrupted: boolean;
            role: components["schemas"]["SpeakerRole"];
            seq: number;
            text: string;
        };
        TrialBody: {
            arguments: Record<string, never>;
            /** @default true */
            send: boolean;
        };
        TrialOutcome: "shown" | "done" | "refused" | "failed" | "timed_out";
        TrialView: {
            answer: components["schemas"]["HeardView"] | null;
            outcome: components["schemas"]["TrialOutcome"];
            request: components["schemas"]["AskedView"] | null;
            told: string;
            took_ms: number;
        };
        TriedContactView: {
            consent: string;
            errors: components["schemas"]["Fault"][];
            number: string;
            variables: {
                [key: string]: string;
            };
            warnings: components["schemas"]["Fault"][];
            zone: string;
        };
        TriedVersion: "draft" | "published";
        TurnDetection: {
            prefix_padding_ms: number;
            silence_duration_ms: number;
            threshold_percent: number;
            type: "server_vad";
        } | {
            eagerness: components["schemas"]["Eagerness"];
            type: "semantic_vad";
        };
        TurnKind: "start" | "words" | "keys";
        TurnedAway: "blocked" | "closed" | "no_capacity" | "daily_cap";
        TwilioIntegration: {
            account_sid: string;
            api_key_sid: string | null;
            /** @default https://api.twilio.com */
            base_url: string;
            caller_id?: string | null;
            sip_domain?: string | null;
        };
        TwilioPolicy: {
            /** @default null */
            account: string | null;
            /** @default false */
            calls_people: boolean;
            /** @default false */
            reaches_extensions: boolean;
            /** @default 20000 */
            ring_timeout_ms: number;
        };
        Typed: string;
        Unannounced: "accept" | "refuse";
        UnreadableDraftView: {
            draft: components["schemas"]["DraftSlot"];
            fault: string;
        };
        UnreadableProfileView: {
            fault: string;
            id: string;
            is_published: boolean;
            name: string;
        };
        UnreadableView: {
            fault: string;
            organization: string;
            /** @example profiles */
            work: string;
        };
        UntrustedProxyView: {
            /** @example 127.0.0.1 */
            address: string;
            last_at: string;
            requests: number;
        };
        User: {
            created_at: string;
            email: components["schemas"]["EmailAddress"];
            has_totp: boolean;
            id: components["schemas"]["UserId"];
            last_sign_in_at: string | null;
            name: string;
            role: components["schemas"]["Role"];
            status: components["schemas"]["UserStatus"];
        };
        UserChange: {
            created_at?: unknown;
            email?: unknown;
            has_totp?: unknown;
            id?: unknown;
            last_sign_in_at?: unknown;
            /** @example Grace */
            name: string;
            revision?: string | null;
            role: components["schemas"]["Role"];
            status: components["schemas"]["UserStatus"];
        };
        UserId: string;
        UserStatus: "active" | "disabled";
        UserView: components["schemas"]["User"] & {
            revision: string;
        };
        VariablesBody: {
            variables: {
                [key: string]: string;
            };
        };
        Variant: "a" | "b";
        VariantB: {
            profile: string | null;
            /** @default 500 */
            share_permille: number;
            version: number | null;
        };
        VariantBBody: {
            profile?: string | null;
            /** @default 500 */
            share_permille: number;
            version?: number | null;
        };
        VariantView: {
            answered: number;
            attempts: number;
            profile: string | null;
            reached: number;
            share: components["schemas"]["ShareInterval"] | null;
            version: number | null;
        };
        Verdict: "passed" | "failed" | "error";
        VersionView: {
            profile: components["schemas"]["AgentProfile"];
            publication: components["schemas"]["Publication"];
        };
        VoiceHealthView: {
            account: components["schemas"]["WhoseAccount"];
            calls: number;
            circuit: components["schemas"]["CircuitView"];
            cost_per_minute_micros: number | null;
            currency: string;
            open_until: string | null;
            provider: components["schemas"]["VoiceName"];
            reply_p50_ms: number | null;
            reply_p95_ms: number | null;
            share_percent: number;
        };
        VoiceLink: {
            agent_id: string | null;
            call_cost_max_micros: number | null;
            /** @default false */
            overrides: boolean;
            provider: components["schemas"]["VoiceName"];
            voice: string | null;
            when: components["schemas"]["VoiceRule"] | null;
        };
        VoiceLinkBody: {
            agent_id?: string | null;
            call_cost_max_micros?: number | null;
            /** @default false */
            overrides: boolean;
            provider: components["schemas"]["VoiceName"];
            voice?: string | null;
            when?: components["schemas"]["VoiceRuleBody"] | null;
        };
        /**
         * @example openai
         * @enum {string}
         */
        VoiceName: "openai" | "openai-live" | "deepgram" | "gemini" | "elevenlabs" | "cascade";
        VoiceRule: {
            /** @default null */
            hours: components["schemas"]["WeekHours"] | null;
            /** @default [] */
            languages: string[];
        };
        VoiceRuleBody: {
            /** @default null */
            hours: components["schemas"]["WeekHoursBody"] | null;
            /** @default [] */
            languages: string[];
        };
        VoiceView: {
            id: string;
            language: string | null;
            name: string;
        };
        VoicesView: {
            provider: string;
            says: components["schemas"]["PreviewSays"];
            usual: string | null;
            voices: components["schemas"]["VoiceView"][];
        };
        WebhookBody: {
            created_at?: unknown;
            /** @default true */
            enabled: boolean;
            events: components["schemas"]["EventKind"][];
            failing_since?: unknown;
            id?: unknown;
            off_reason?: unknown;
            revision?: string | null;
            /** @example https://example.com/cordboard */
            url: string;
        };
        WebhookEvent: {
            data: components["schemas"]["CallPayload"];
            type: "call.started";
        } | {
            data: components["schemas"]["CallPayload"];
            type: "call.ended";
        } | {
            data: components["schemas"]["LeadPayload"];
            type: "lead.created";
        } | {
            data: components["schemas"]["AppointmentPayload"];
            type: "appointment.booked";
        } | {
            data: components["schemas"]["AppointmentPayload"];
            type: "appointment.moved";
        } | {
            data: components["schemas"]["AppointmentPayload"];
            type: "appointment.cancelled";
        } | {
            data: components["schemas"]["HandoffPayload"];
            type: "handoff.failed";
        } | {
            data: components["schemas"]["RecordingPayload"];
            type: "recording.ready";
        } | {
            data: components["schemas"]["AlarmPayload"];
            type: "alarm.raised";
        };
        WebhookId: string;
        WebhookMessage: components["schemas"]["WebhookEvent"] & {
            timestamp: string;
        };
        WebhookView: {
            created_at: string;
            enabled: boolean;
            events: components["schemas"]["EventKind"][];
            failing_since: string | null;
            id: components["schemas"]["WebhookId"];
            off_reason: string | null;
            revision: string;
            url: string;
        };
        WebhookWithSecret: components["schemas"]["WebhookView"] & {
            secret: string;
        };
        WebrtcView: {
            expires_in_s: number;
            ice_servers: components["schemas"]["IceServer"][];
        };
        WeekHours: {
            /** @default [] */
            friday: components["schemas"]["DaySpan"][];
            /** @default [] */
            monday: components["schemas"]["DaySpan"][];
            /** @default [] */
            saturday: components["schemas"]["DaySpan"][];
            /** @default [] */
            sunday: components["schemas"]["DaySpan"][];
            /** @default [] */
            thursday: components["schemas"]["DaySpan"][];
            /** @default [] */
            tuesday: components["schemas"]["DaySpan"][];
            /** @default [] */
            wednesday: components["schemas"]["DaySpan"][];
        };
        WeekHoursBody: {
            /** @default [] */
            friday: components["schemas"]["DaySpanBody"][];
            /** @default [] */
            monday: components["schemas"]["DaySpanBody"][];
            /** @default [] */
            saturday: components["schemas"]["DaySpanBody"][];
            /** @default [] */
            sunday: components["schemas"]["DaySpanBody"][];
            /** @default [] */
            thursday: components["schemas"]["DaySpanBody"][];
            /** @default [] */
            tuesday: components["schemas"]["DaySpanBody"][];
            /** @default [] */
            wednesday: components["schemas"]["DaySpanBody"][];
        };
        WeekWindow: {
            day: number;
            from_minute: number;
            to_minute: number;
        };
        WeekWindowBody: {
            day: number;
            from_minute: number;
            to_minute: number;
        };
        WhoseAccount: "own" | "house" | "unusable" | "none";
        WidgetLook: {
            /**
             * @default null
             * @example #0b6e4f
             */
            accent: string | null;
            /**
             * @default
             * @example Questions? Talk to us
             */
            greeting: string;
            /** @default right */
            position: components["schemas"]["WidgetPosition"];
        };
        WidgetLookBody: {
            /**
             * @default null
             * @example #0b6e4f
             */
            accent: string | null;
            /**
             * @default
             * @example Questions? Talk to us
             */
            greeting: string;
            /** @default right */
            position: components["schemas"]["WidgetPosition"];
        };
        WidgetPosition: "right" | "left";
        WithoutMaker: "ends" | "is_switched_off" | "stays";
        WordsLikeness: "same" | "close" | "different";
        WrapUpBody: {
            call_id: components["schemas"]["CallId"];
            disposition_id?: components["schemas"]["DispositionId"] | null;
            note?: string;
            queue_id?: components["schemas"]["QueueId"] | null;
            started_at?: string | null;
        };
        WrapUpDraftBody: {
            disposition_id?: components["schemas"]["DispositionId"] | null;
            note: string;
            updated_at?: unknown;
        };
        WrapUpDraftView: {
            disposition_id: components["schemas"]["DispositionId"] | null;
            note: string;
            updated_at: string | null;
        };
        WrapUpView: {
            call_id: components["schemas"]["CallId"];
            disposition: string | null;
            disposition_id: components["schemas"]["DispositionId"] | null;
            ended_at: string;
            note: string;
            queue_id: components["schemas"]["QueueId"] | null;
            started_at: string;
            user_id: components["schemas"]["UserId"];
        };
        WriteAgentBody: {
            agent_id?: string | null;
            draft?: components["schemas"]["DraftSlot"];
            profile_id: components["schemas"]["ProfileId"];
        };
        Written: {
            did: "lead_created";
            id: components["schemas"]["LeadId"];
        } | {
            did: "lead_updated";
            id: components["schemas"]["LeadId"];
        } | {
            did: "appointment_held";
            id: components["schemas"]["AppointmentId"];
        } | {
            did: "appointment_booked";
            id: components["schemas"]["AppointmentId"];
        } | {
            did: "appointment_moved";
            id: components["schemas"]["AppointmentId"];
        } | {
            did: "appointment_cancelled";
            id: components["schemas"]["AppointmentId"];
        } | {
            did: "text_queued";
            id: components["schemas"]["MessageId"];
        } | {
            did: "number_suppressed";
        } | {
            did: "activity_created";
            id: components["schemas"]["ActivityId"];
        } | {
            did: "activity_updated";
            id: components["schemas"]["ActivityId"];
        } | {
            did: "activity_completed";
            id: components["schemas"]["ActivityId"];
        };
        WrittenAgentView: {
            agent_id: string;
            is_new: boolean;
            tools: string[];
        };
    };
}
