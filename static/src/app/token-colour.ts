// Colours of the tokens, for drawings on a canvas.

/** A token's colour as a canvas understands it. The text of a token is `light-dark(…)`, which a canvas takes for no colour and draws
 * black; a computed colour is resolved, in forced colours too. */
export function colourOf(container: Element, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  container.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
