// Keys of somebody who puts a word together by an input method, as for Japanese and Chinese: they are of the word, and of nothing else.

/** What browsers call a key that the input method has taken. Safari says so alone of the key that ends a word. */
const TAKEN = 229;

/** Whether a key belongs to a word that is being put together. */
export const isComposing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === TAKEN;
