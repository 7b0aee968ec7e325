// Words of sound in the page: English.
const words = {
  insecure:
    "Your browser gives the microphone to secure pages only. Open this page by an address that begins with https://, or on the machine itself as localhost.",
  blocked: "The microphone is blocked for this page. Allow it by the sign beside the address, then try again.",
  none: "No microphone was found. Plug one in, then try again.",
  taken: "The microphone is in use by another program. Close that, then try again.",
  unusable: (reason: string) => `The microphone can't be used: ${reason}. Check it, then try again.`,
  microphone: (n: string) => `Microphone ${n}`,
  broken: "The connection to the server broke, and could not be made again.",
  notLetIn: "Your way into this call is no longer valid. Begin again.",
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
