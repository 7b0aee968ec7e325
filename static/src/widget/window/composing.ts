// Keys of somebody who puts a word together by an input method, as for Japanese and Chinese: they are of the word, and of nothing else.

/** The code by which browsers name a key that the input method has taken. Safari names the key that ends a word by it alone. */
const TAKEN = 229;

/** Whether a key belongs to a word that is being put together. */
export const isComposing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === TAKEN;
