// A quick check that everything is in a landmark: axe judges each element of a page by that rule, and so does it only where this finds one outside.
/** Runs in the page: whether something visible is outside the landmarks, windows and messages that all pages have. */
export function hasStray() {
  const landmarks = "main, nav.rail, header.bar, dialog, [role=alert], [role=status], [role=log]";
  const isStray = (element) => !element.closest(`${landmarks}, .skip`) && element.checkVisibility();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (texts.currentNode.data.trim() && isStray(texts.currentNode.parentElement)) return true;
  const contents = "a, audio, button, canvas, iframe, img, input, object, select, svg, textarea, video";
  return [...document.body.querySelectorAll("*")].some((element) => (element.shadowRoot || element.matches(contents)) && isStray(element));
}
