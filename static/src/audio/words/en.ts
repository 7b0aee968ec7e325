// Words of sound in the page: English.
const words = {
  insecure:
    "Browsers allow the microphone only on secure pages. Open this page at an https:// address, or on the server itself as localhost.",
  blocked: "The microphone is blocked for this page. Allow it with the icon next to the address, then try again.",
  none: "No microphone found. Plug one in, then try again.",
  taken: "Another program is using the microphone. Close it, then try again.",
  unusable: (reason: string) => `The microphone can't be used: ${reason}. Check it, then try again.`,
  microphone: (n: string) => `Microphone ${n}`,
  ended: "The call has ended.",
  broken: "The connection to the server was lost and could not be restored.",
  notLetIn: "Your access to this call has expired. Start again.",
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
