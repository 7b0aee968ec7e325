// The style of the widget's button, and what its window shares with it. It is a constructed style sheet, because no policy of a site refuses that.
//
// Sites set the variables that docs/widget.md names; all others here begin with `--_` and are the widget's own. A site's rules for every element (`*
// { ... }`) override those of `:host`. So the position of the widget is `!important` here, and its text style is reset inside, with the direction of
// its own language, whatever the page's is.

/** The style sheet. */
export const STYLE = `
:host {
  all: initial;
  color-scheme: light dark;
  --_accent: var(--cordboard-accent, var(--_console-accent, light-dark(#8a5a00, #e6c067)));
  --_on-accent: var(--cordboard-on-accent, var(--_console-on-accent, light-dark(#ffffff, #221a06)));
  --_background: var(--cordboard-background, light-dark(#fffefb, #1f1d1b));
  --_well: var(--cordboard-well, light-dark(#f2f0ea, #141312));
  --_text: var(--cordboard-text, light-dark(#1f2430, #f0eee9));
  --_quiet: var(--cordboard-quiet-text, light-dark(#565b66, #b6b2aa));
  --_edge: var(--cordboard-edge, light-dark(#8b877d, #837f77));
  --_danger: light-dark(#b3261e, #f2877f);
  --_on-danger: light-dark(#ffffff, #2a0806);
  --_radius: var(--cordboard-radius, 14px);
  --_offset: var(--cordboard-offset, 20px);
  position: fixed !important;
  bottom: var(--_offset) !important;
  z-index: var(--cordboard-z-index, 2147483000) !important;
  margin: 0 !important;
  padding: 0 !important;
  border: 0 !important;
  background: none !important;
}
:host([data-scheme="light"]) { color-scheme: light; }
:host([data-scheme="dark"]) { color-scheme: dark; }
:host([data-position="right"]) { right: var(--_offset) !important; }
:host([data-position="left"]) { left: var(--_offset) !important; }
:host([data-inline]) { position: static !important; display: block; }
.widget {
  all: initial;
  color-scheme: inherit;
  visibility: inherit;
  direction: ltr;
  display: flex;
  flex-direction: column;
  gap: 12px;
  align-items: flex-end;
  font: 400 16px/1.45 var(--cordboard-font, system-ui, sans-serif);
  color: var(--_text);
  text-align: start;
}
:host([data-position="left"]) .widget { align-items: flex-start; }
[hidden] { display: none !important; }
.launch {
  appearance: none;
  display: inline-flex;
  align-items: center;
  gap: 10px;
  min-block-size: 52px;
  max-inline-size: min(80vw, 360px);
  padding: 0 20px;
  border: 2px solid transparent;
  border-radius: 26px;
  background: var(--_accent);
  color: var(--_on-accent);
  font: inherit;
  font-weight: 600;
  cursor: pointer;
  box-shadow: 0 2px 6px rgb(0 0 0 / 0.22), 0 8px 24px rgb(0 0 0 / 0.18);
}
.launch svg { inline-size: 22px; block-size: 22px; flex: none; }
.launch[aria-busy="true"] { cursor: progress; }
.launch.live::after {
  content: "";
  inline-size: 10px;
  block-size: 10px;
  border-radius: 50%;
  background: currentColor;
  animation: pulse 1.6s ease-in-out infinite;
}
:focus-visible { outline: 3px solid var(--_text); outline-offset: 2px; }
.note { margin: 0; max-inline-size: 320px; padding: 10px 14px; border-radius: var(--_radius); background: var(--_background); box-shadow: 0 2px 12px rgb(0 0 0 / 0.25); }
.note:empty { display: none; }
@keyframes pulse { 50% { opacity: 0.25; } }
@media (forced-colors: active) { .launch.live::after { forced-color-adjust: none; background: Highlight; } }
@media (prefers-reduced-motion: reduce) { .launch.live::after { animation: none; } }
`;
