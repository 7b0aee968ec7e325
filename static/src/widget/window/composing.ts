// Keys of an input method, with which words are composed in Japanese and Chinese: they belong to the word, and must not trigger anything else.

/** The code that browsers give to a key handled by the input method. Safari marks the key that ends a word only with this code. */
const TAKEN = 229;

/** Whether a key belongs to a word that is being composed. */
export const isComposing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === TAKEN;
