//! Instructions of the model: its role, and what each line of the call means.

use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::tool::ToolName;

use crate::assistant::sounds::{Prompt, SoundSet, is_spoken_in};

/// Manner of speaking on the phone, for every assistant.
const ON_THE_TELEPHONE: &str = "You are speaking with a caller on the telephone. Be brief: one or two sentences, \
    then let the caller speak. Say numbers and spellings slowly. Use no lists and no markup. Never make up facts; \
    where you can't help, offer what your tools can do. Call a tool only when the caller wants what it does.";

/// Returns the instructions of a session about itself: those of the profile, and how to speak on the phone.
pub fn session_instructions(profile: &AgentProfile) -> String {
    let language = &profile.language;
    let persona = match profile.instructions.trim() {
        "" => "You are a friendly receptionist.",
        instructions => instructions,
    };
    format!(
        "{persona}\n\n{ON_THE_TELEPHONE}\nSpeak the language with the tag `{language}`, unless the caller asks for \
         another."
    )
}

/// Returns the instructions for a line of the call.
pub(in crate::assistant) fn line_instructions(line: Line, profile: &AgentProfile) -> String {
    let task = match (line, &profile.greeting) {
        (Line::Notice, _) => return exact_words(profile.notice.as_deref().unwrap_or_default()),
        (Line::Greeting, Some(greeting)) => return exact_words(greeting),
        (Line::Greeting, None) => {
            "Greet the caller in one sentence, say who they reached, and ask how you can help."
        }
        (Line::WelcomeBack, _) => {
            "The caller was away and is back: on hold, if you were told so, or because the connection was lost for a \
             moment. Say so in a few words, and go on where you were. Do not greet again."
        }
        (Line::Repeat, _) => "Say what you said last once more, in the same words.",
        (Line::StillThere, _) => {
            "The caller has been silent. Ask in a few words whether they are still there."
        }
        (Line::UnknownKey, _) => {
            "The caller pressed a key that does nothing here. Tell them so in a few words."
        }
        (Line::MessageIntro, _) => {
            "Ask the caller to leave their message after the tone, and to press the hash key when they are done. \
             Say nothing after that: the tone follows."
        }
        (Line::MessageSaved, _) => {
            "Tell the caller that their message is saved, and ask whether there is more."
        }
        (Line::MessageEmpty, _) => "You heard no message. Tell the caller so, and ask how you can help.",
        (Line::MessageFailed, _) => {
            "Their message could not be kept. Say sorry, and ask how else you can help."
        }
        (Line::Transferring, _) => "Tell the caller in a few words that you are connecting them now.",
        (Line::TransferRefused, _) => {
            "The caller can't be connected there. Tell them so, and ask how else you can help."
        }
        (Line::Goodbye, _) => "Say goodbye to the caller in one short sentence.",
        (Line::GoodbyeSilence, _) => {
            "You hear nothing from the caller. Say so, and that you hang up now. Goodbye."
        }
        (Line::GoodbyeMaxDuration, _) => {
            "The call has reached its time limit. Tell the caller so and say goodbye."
        }
        (Line::GoodbyeShutdown, _) => {
            "You have to end the call now because the line closes. Say sorry, ask them to call again, say goodbye."
        }
        (Line::NotCalledAgain, _) => {
            "Tell whoever you talk with that they are on the do-not-call list now and are not called again, and say goodbye."
        }
        (Line::Apology, _) => {
            "Something went wrong on your side. Say sorry, and that you connect the caller to a person."
        }
        (Line::OneMoment, _) => "Ask the caller for a moment's patience, in three or four words.",
        (Line::AssistantAway, _) => {
            "Say sorry, you can't help just now. With key 0 they reach a person, with key 1 they leave a message."
        }
        (Line::NextInQueue, _) => "Tell the caller that nobody is before them in the queue.",
        (Line::OneBefore, _) => "Tell the caller that one caller is before them in the queue.",
        (Line::TwoBefore, _) => "Tell the caller that two callers are before them in the queue.",
        (Line::ThreeBefore, _) => "Tell the caller that three callers are before them in the queue.",
        (Line::FourBefore, _) => "Tell the caller that four callers are before them in the queue.",
        (Line::ManyBefore, _) => "Tell the caller that more than four callers are before them in the queue.",
        (Line::WaitMinute, _) => "Tell the caller that they will wait for about a minute.",
        (Line::WaitTwoMinutes, _) => "Tell the caller that they will wait for about two minutes.",
        (Line::WaitFiveMinutes, _) => "Tell the caller that they will wait for about five minutes.",
        (Line::WaitTenMinutes, _) => "Tell the caller that they will wait for about ten minutes.",
        (Line::WaitLonger, _) => "Tell the caller that they may wait for longer than ten minutes.",
        (Line::Overheard, _) => {
            "Tell the caller in one short sentence that a colleague may be listening to this call, and go on."
        }
    };
    format!("{task} Nothing else.")
}

/// Returns the instructions for a line with given words.
pub(in crate::assistant) fn exact_words(words: &str) -> String {
    format!("Say exactly these words, and nothing else: {words}")
}

/// Instructions of a session that continues the conversation of another one.
pub(in crate::assistant) const GOES_ON: &str =
    "The call is under way; what was said so far follows. Go on without greeting again.";

/// Instructions for an answer that was due when the connection was lost.
pub(in crate::assistant) const CONTINUE: &str = "Your connection was lost for a moment. Go on with the conversation where it \
    stopped: answer what the caller said last. Do not greet.";

/// Instructions for the rest of an answer that failed in the middle.
pub(in crate::assistant) const SAY_THE_REST: &str = "What you said last broke off in the middle. Say the rest of it: go on where it \
    stopped, and repeat nothing that the caller has heard. Do not greet.";

/// Returns whether a tool of this name runs until a person has taken over from the assistant, or nobody does.
pub(in crate::assistant) fn asks_people(tool: &str) -> bool {
    [ToolName::RequestHandoff, ToolName::EscalateToHuman].iter().any(|known| known.as_str() == tool)
}

/// Begins what a conversation is told of the end of a tool that it did not wait for.
pub(in crate::assistant) const TOOL_ENDED: &str = "The tool ";

/// Returns what a new conversation is told of tools that an earlier one has called, and that still run: its model would call them again.
pub(in crate::assistant) fn tools_still_run(names: &[&str]) -> String {
    format!("Tools that you called before still run: {}. Wait for them.", names.join(", "))
}

/// Returns words and length in ms of the shipped "one moment"; `None` if it is not in the profile's language.
pub(in crate::assistant) fn one_moment(
    profile: &AgentProfile,
    prompts: &SoundSet<Prompt>,
) -> Option<(String, u64)> {
    let recording = prompts.get(Prompt::OneMoment);
    is_spoken_in(&profile.language).then(|| (recording.text().to_owned(), recording.duration_ms()))
}
