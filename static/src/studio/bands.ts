// The meanings of the style faders: the same table as `BANDS` in schema/src/style.rs, which the server uses. The sentences are the model's
// instructions, word for word, and are not translated.
import type { Profile } from "../api/model";

export type Style = Profile["style"];

/** A style fader from 0 to 100. */
export type Slider = "formality" | "warmth" | "pace" | "verbosity" | "assertiveness" | "interruptibility";

/** All of them, in the order of the page. */
export const SLIDERS: readonly Slider[] = ["pace", "verbosity", "warmth", "formality", "assertiveness", "interruptibility"];

/** The meaning of a range of a fader. */
export interface Band {
  to: number;
  /** The model's instruction; empty in the middle. */
  told: string;
  /** The speed of speech, in percent. */
  speed?: number;
  /** How loud the caller must be, in percent. */
  threshold?: number;
}

/** The ranges of each, from 0 on. */
export const BANDS: Record<Slider, readonly Band[]> = {
  formality: [
    { to: 19, told: "Speak as casually as a friend would; use first names and familiar forms." },
    { to: 39, told: "Speak casually and simply." },
    { to: 60, told: "" },
    { to: 80, told: "Speak politely and use the polite forms of address." },
    { to: 100, told: "Speak very formally: title and surname, polite forms only, no contractions, no slang." },
  ],
  warmth: [
    { to: 19, told: "Be matter of fact: no small talk, no feelings." },
    { to: 39, told: "Be friendly, and stay with the matter." },
    { to: 60, told: "" },
    { to: 80, told: "Be warm: thank the caller, and show that you understand." },
    { to: 100, told: "Be very warm and cordial: show that you care before you answer." },
  ],
  pace: [
    { to: 19, told: "Speak slowly, with pauses between sentences.", speed: 80 },
    { to: 39, told: "Speak a little slower than usual.", speed: 90 },
    { to: 60, told: "" },
    { to: 80, told: "Speak a little faster than usual.", speed: 110 },
    { to: 100, told: "Speak quickly.", speed: 120 },
  ],
  verbosity: [
    { to: 19, told: "Answer in as few words as possible, one short sentence at most." },
    { to: 39, told: "Answer in one sentence." },
    { to: 60, told: "" },
    { to: 80, told: "Answer fully, in two or three sentences." },
    { to: 100, told: "Explain in detail, in up to five sentences, and ask whether it was clear." },
  ],
  assertiveness: [
    { to: 19, told: "Let the caller lead; offer nothing that they did not ask for." },
    { to: 39, told: "Suggest the next step only where the caller seems lost." },
    { to: 60, told: "" },
    { to: 80, told: "Lead the conversation: after each answer propose the next step." },
    { to: 100, told: "Lead the conversation firmly: always ask for the next step, and once more after a first no." },
  ],
  interruptibility: [
    { to: 19, told: "Finish your sentence even where the caller begins to speak.", threshold: 80 },
    { to: 39, told: "Finish your words before you listen.", threshold: 65 },
    { to: 60, told: "" },
    { to: 80, told: "Stop when the caller begins to speak.", threshold: 40 },
    { to: 100, told: "Stop at the first sound of the caller, and answer what they say.", threshold: 30 },
  ],
};

const MIDDLE: Band = { to: 60, told: "" };

/** The index of a value's range. */
export function bandAt(slider: Slider, value: number): number {
  return Math.max(0, BANDS[slider].findIndex(({ to }) => value <= to));
}

/** The meaning of a value. */
export function bandOf(slider: Slider, style: Style): Band {
  return BANDS[slider][bandAt(slider, style[slider])] ?? MIDDLE;
}

/** The silence in milliseconds that ends a caller's turn, for the requested `delay`. It is never zero. */
export function silenceOf(delay: number): number {
  return Math.min(5_000, Math.max(100, delay));
}

/** The eagerness of semantic turn detection for a requested delay. */
export function eagernessOf(delay: number): "high" | "medium" | "low" {
  if (delay < 400) return "high";
  return delay < 1_200 ? "medium" : "low";
}
