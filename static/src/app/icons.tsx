// Icons, drawn here. They say nothing alone: a word stands beside each, or on its button.

const shapes = {
  calls: "M6 3h3l1.5 4-2 1.5a11 11 0 0 0 5 5l1.5-2 4 1.5v3a2 2 0 0 1-2 2A15 15 0 0 1 4 5a2 2 0 0 1 2-2z",
  system: "M4 5h16v5H4zM4 14h16v5H4zM8 7.5h.01M8 16.5h.01",
  theme: "M12 4a8 8 0 1 0 .01 0M12 4v16",
  person: "M12 4a4 4 0 1 0 .01 0M4 20a8 8 0 0 1 16 0",
  out: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  back: "M15 5l-7 7 7 7",
  play: "M8 5v14l11-7z",
  pause: "M8 5v14M16 5v14",
  down: "M12 5v14M6 13l6 6 6-6",
  dot: "M12 6a6 6 0 1 0 .01 0z",
  tick: "M5 13l4 4L19 7",
  cross: "M6 6l12 12M18 6L6 18",
  wait: "M12 4a8 8 0 1 0 .01 0M12 8v4l3 2",
  key: "M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M12 18h.01",
  cut: "M4 9v6M8 6v12M13 4v16M17 9l4 6M21 9l-4 6",
  tool: "M14 6a4 4 0 0 0 5 5l-8 8a2 2 0 0 1-3-3l8-8M14 6l3-2",
  leg: "M4 12h6M14 12h6M10 8v8M14 8v8",
  end: "M3 14c5-5 13-5 18 0l-3 3-3-2v-2a9 9 0 0 0-6 0v2l-3 2z",
  record: "M12 7a5 5 0 1 0 .01 0",
  voice: "M12 4a3 3 0 0 0-3 3v4a3 3 0 0 0 6 0V7a3 3 0 0 0-3-3zM6 11a6 6 0 0 0 12 0M12 17v3",
  desk: "M4 13v-1a8 8 0 0 1 16 0v1M4 13h3v6H5a1 1 0 0 1-1-1zM20 13h-3v6h2a1 1 0 0 0 1-1zM18 19c0 1.5-2 2-4 2",
  ring: "M12 4a5 5 0 0 0-5 5v4l-2 3h14l-2-3V9a5 5 0 0 0-5-5zM10 19a2 2 0 0 0 4 0",
  move: "M12 3v18M3 12h18M12 3l-2 2M12 3l2 2M12 21l-2-2M12 21l2-2M3 12l2-2M3 12l2 2M21 12l-2-2M21 12l-2 2",
  mute: "M12 4a3 3 0 0 0-3 3v4a3 3 0 0 0 6 0V7a3 3 0 0 0-3-3zM6 11a6 6 0 0 0 12 0M12 17v3M4 4l16 16",
  hold: "M9 6v12M15 6v12",
  robot: "M6 9h12v9H6zM12 9V5M9.5 13h.01M14.5 13h.01M4 12v3M20 12v3",
  note: "M5 4h10l4 4v12H5zM15 4v4h4M8 12h8M8 16h5",
  away: "M12 4a8 8 0 1 0 .01 0M8 12h8",
} as const;

/** An icon's name. */
export type IconName = keyof typeof shapes;

/** An icon of the text's size and colour. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={shapes[name]} fill={name === "dot" ? "currentColor" : "none"} />
    </svg>
  );
}

/** The mark: a cord between two jacks. */
export function Mark() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <circle cx="5" cy="6" r="2.5" />
      <circle cx="19" cy="18" r="2.5" />
      <path d="M5 9c0 11 14-5 14 6" />
    </svg>
  );
}
