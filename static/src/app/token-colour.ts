// The colours of the tokens, for drawings on a canvas.

/** A token's colour in a form that a canvas understands. The text of a token is `light-dark(…)`, which a canvas does not understand and draws black;
 * a computed colour is resolved, in forced colours too. */
export function colourOf(container: Element, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  container.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
