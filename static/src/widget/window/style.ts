// The style of the widget's window; its variables are in the button's style (launcher/style.ts).

/** The style sheet. */
export const STYLE = `
/* The window has what the button leaves, whose greeting may have several lines. */
.widget { max-block-size: calc(100dvh - 2 * var(--_offset)); }
.panel { display: flex; flex-direction: column; min-block-size: 0; }
.launch, .note { flex: none; }
.panel:empty { display: none; }
.window {
  box-sizing: border-box;
  display: flex;
  flex-direction: column;
  inline-size: min(380px, calc(100vw - 2 * var(--_offset)));
  max-block-size: 620px;
  border: 1px solid var(--_edge);
  border-radius: var(--_radius);
  background: var(--_background);
  color: var(--_text);
  box-shadow: 0 4px 12px rgb(0 0 0 / 0.2), 0 16px 48px rgb(0 0 0 / 0.28);
  overflow: hidden;
}
:host([data-inline]) .window { inline-size: 100%; max-inline-size: 380px; }
.top { display: flex; gap: 8px; align-items: flex-start; padding: 14px 8px 12px 16px; border-block-end: 1px solid var(--_edge); }
.top > div { flex: 1; min-inline-size: 0; }
h2 { margin: 0; font-size: 17px; font-weight: 650; overflow-wrap: anywhere; }
p { margin: 0; }
.quiet { color: var(--_quiet); font-size: 14px; }
.middle { display: flex; flex-direction: column; gap: 12px; padding: 14px 16px; overflow: auto; min-block-size: 0; }
.stand { font-weight: 600; }
.stand:empty, .fault:empty { display: none; }
.fault { color: var(--_danger); }
.ways { display: flex; flex-wrap: wrap; gap: 8px; }
button, textarea { font: inherit; color: inherit; }
.act {
  appearance: none;
  min-block-size: 44px;
  padding: 0 14px;
  border: 1px solid var(--_edge);
  border-radius: calc(var(--_radius) * 0.6);
  background: transparent;
  cursor: pointer;
}
.act[aria-disabled="true"] { opacity: 0.55; cursor: default; }
.act.first { background: var(--_accent); border-color: var(--_accent); color: var(--_on-accent); font-weight: 600; }
.act.end { background: var(--_danger); border-color: var(--_danger); color: var(--_on-danger); font-weight: 600; }
.act[aria-pressed="true"] { background: var(--_text); color: var(--_background); }
.close { min-inline-size: 44px; padding: 0; border-color: transparent; font-size: 22px; line-height: 1; }
.log { display: flex; flex-direction: column; gap: 10px; min-block-size: 72px; max-block-size: 260px; overflow: auto; padding: 10px; border-radius: calc(var(--_radius) * 0.6); background: var(--_well); }
.line { max-inline-size: 88%; align-self: flex-start; }
.line.visitor { align-self: flex-end; text-align: right; }
.by { color: var(--_quiet); font-size: 13px; }
.said { white-space: pre-wrap; overflow-wrap: anywhere; }
.compose { display: flex; gap: 8px; align-items: flex-end; }
.compose textarea { flex: 1; min-inline-size: 0; box-sizing: border-box; min-block-size: 44px; max-block-size: 120px; resize: none; field-sizing: content; padding: 9px 12px; border: 1px solid var(--_edge); border-radius: calc(var(--_radius) * 0.6); background: var(--_background); }
.pad { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; }
.hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (forced-colors: active) {
  .act[aria-pressed="true"] { forced-color-adjust: none; border-color: Highlight; background: Highlight; color: HighlightText; }
}
`;
