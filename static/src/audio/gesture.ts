// Browsers let a page be heard once somebody has clicked on it or pressed a key.

/** Calls `then` at the next click or key, wherever on the page; the returned function ends the waiting. */
export function onGesture(then: () => void): () => void {
  const kinds = ["pointerdown", "keydown"] as const;
  const stop = () => {
    for (const kind of kinds) removeEventListener(kind, gesture, { capture: true });
  };
  const gesture = () => {
    stop();
    then();
  };
  for (const kind of kinds) addEventListener(kind, gesture, { capture: true });
  return stop;
}
