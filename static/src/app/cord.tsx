// The cord: a call, drawn between two jacks that are really joined. It says nothing that does not stand in words beside it.

/** Who speaks for the house, or how the call stands. */
export type CordKind = "ada" | "agent" | "ring" | "held" | "loose";

/** A cord that hangs between two jacks, as wide as its place. One that rings ends short of the other jack, a loose one far from it. */
export function Cord({ kind, isTalking = false, look = "small" }: { kind: CordKind; isTalking?: boolean; look?: "small" | "large" }) {
  const [top, low] = look === "small" ? [5, 21] : [8, 46];
  const end = kind === "ring" ? 88 : kind === "loose" ? 60 : 100;
  const path = `M0 ${top}C${end * 0.3} ${low} ${end * 0.7} ${low} ${end} ${top}`;
  return (
    <svg
      class={look === "small" ? "cord mini-cord" : "cord join-cord"}
      viewBox={look === "small" ? "0 0 100 20" : "0 0 100 40"}
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
