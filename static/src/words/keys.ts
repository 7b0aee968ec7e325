// The keys of a telephone.
import { w } from ".";

/** In the order of a keypad. */
export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** Those whose signs are no words. */
export const keyNames: Record<string, string> = { "*": w.keys.star, "#": w.keys.hash };
