// The form for a cascade of services: speech recognition, language model and speech, each with its key, address and model.
import type { ComponentChildren } from "preact";
import { SelectField, TextField } from "../app/form/fields";
import type { Draft } from "../app/form/record";
import type { Flat } from "./service";
import { t } from "./words";

/** The three parts. `keyOf`: the field of a part's key. */
export function CascadeParts({ draft, keyOf }: {
  draft: Draft<Flat>;
  keyOf: (name: "recognizer_key" | "llm_key" | "speech_key") => ComponentChildren;
}) {
  const { settings, choices, hints, parts } = t.cascade;
  const byElevenLabs = draft.value.speech === "elevenlabs";
  return (
    <>
      <fieldset class="group record">
        <legend>{parts.recognizer}</legend>
        <SelectField
          draft={draft}
          name="recognizer"
          label={settings.recognizer}
          choices={[
            { value: "deepgram", label: choices.deepgram },
            { value: "openai", label: choices.openai },
          ]}
        />
        {keyOf("recognizer_key")}
        <div class="pair">
          <TextField draft={draft} name="recognizer_url" type="url" label={settings.recognizer_url} hint={hints.url} />
          <TextField draft={draft} name="recognizer_model" label={settings.recognizer_model} hint={hints.model} />
        </div>
      </fieldset>
      <fieldset class="group record">
        <legend>{parts.llm}</legend>
        {keyOf("llm_key")}
        <div class="pair">
          <TextField draft={draft} name="llm_base_url" type="url" label={settings.llm_base_url} hint={hints.url} />
          <TextField draft={draft} name="llm_model" label={settings.llm_model} hint={hints.model} />
        </div>
      </fieldset>
      <fieldset class="group record">
        <legend>{parts.speech}</legend>
        <SelectField
          draft={draft}
          name="speech"
          label={settings.speech}
          choices={[
            { value: "openai", label: choices.openai },
            { value: "elevenlabs", label: choices.elevenlabs },
          ]}
        />
        {keyOf("speech_key")}
        <div class="pair">
          <TextField draft={draft} name="speech_base_url" type="url" label={settings.speech_base_url} hint={hints.url} />
          <TextField draft={draft} name="speech_model" label={settings.speech_model} hint={hints.model} />
        </div>
        <TextField
          draft={draft}
          name="speech_voice"
          label={settings.speech_voice}
          hint={byElevenLabs ? hints.voiceId : hints.voice}
        />
        {!byElevenLabs && (
          <SelectField
            draft={draft}
            name="speech_format"
            label={settings.speech_format}
            choices={[
              { value: "pcm", label: choices.pcm },
              { value: "wav", label: choices.wav },
            ]}
          />
        )}
      </fieldset>
    </>
  );
}
