// The cord: a call, drawn between two jacks. It shows nothing that the text next to it does not say.

/** The party that speaks for the business, or the state of the call. */
export type CordKind = "ada" | "agent" | "ring" | "held" | "loose";

/** The size of its place; `free` is set by the page. */
type Look = keyof typeof LOOKS;

/** The positions of its ends, how low it hangs, and the height of its picture. */
const LOOKS = {
  small: { top: 5, low: 21, high: 20, name: "cord mini-cord" },
  large: { top: 8, low: 46, high: 40, name: "cord join-cord" },
  free: { top: 8, low: 36, high: 36, name: "cord" },
} as const;

/** A cord that hangs between two jacks, as wide as its place. A ringing one ends short of the other jack, a loose one far from it. */
export function Cord({ kind, isTalking = false, look = "small" }: { kind: CordKind; isTalking?: boolean; look?: Look }) {
  const { top, low, high, name } = LOOKS[look];
  const end = kind === "ring" ? 88 : kind === "loose" ? 60 : 100;
  const path = `M0 ${top}C${end * 0.3} ${low} ${end * 0.7} ${low} ${end} ${top}`;
  return (
    <svg
      class={name}
      viewBox={`0 0 100 ${high}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <g class={isTalking ? `${kind} talking` : kind}>
        <path class="shade" d={path} />
        <path class="body" d={path} />
        <path class="weave" d={path} />
      </g>
    </svg>
  );
}
