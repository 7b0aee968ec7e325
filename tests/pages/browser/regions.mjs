// A quick check that everything is in a landmark. axe's rule for that judges each element of a page, so it is applied only where this check finds
// something outside.
/** Runs in the page: whether something visible is outside the landmarks, windows and messages that all pages have. */
export function hasContentOutsideLandmarks() {
  const landmarks = "main, nav.rail, header.bar, dialog, [role=alert], [role=status], [role=log]";
  const isStray = (element) => !element.closest(`${landmarks}, .skip`) && element.checkVisibility();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (texts.currentNode.data.trim() && isStray(texts.currentNode.parentElement)) return true;
  const contents = "a, audio, button, canvas, iframe, img, input, object, select, svg, textarea, video";
  return [...document.body.querySelectorAll("*")].some((element) => (element.shadowRoot || element.matches(contents)) && isStray(element));
}
