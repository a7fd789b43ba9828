/** English messages of the ways into one's own account: identities that others prove. */

export const waysEn = {
  title: "Other ways to sign in",
  text: "You can sign in with an account that you have elsewhere, too. Your password here goes on to work.",
  textOther: "You can sign in with further accounts that you have elsewhere, too.",
  linked: (name: string) => `You can sign in with ${name} now.`,
  notLinked: {
    disabled: "The provider does not let you in here. Ask whoever runs it.",
    taken: "That account opens another account of this server already.",
    linked: "An account of this provider opens yours already. Unlink it first.",
    state: "This took too long, was done already, or you have signed out in between. Begin again.",
    provider: "The provider did not prove who you are. Begin again.",
    down: "The provider does not answer now. Try again later.",
    too_many: "Too many attempts. Wait a minute, then begin again.",
    other: "Nothing was linked. Begin again.",
  },
  link: (name: string) => `Link an account of ${name}`,
  linkText: (name: string) => `You go on to ${name} and sign in there, then come back here.`,
  go: "Continue",
  cancel: "Cancel",
  unlink: "Unlink",
  unlinkOf: (name: string) => `Unlink ${name}`,
  unlinkText: (name: string) => `You can no longer sign in with ${name} then, and leave the groups that came with it.`,
  unlinked: "Unlinked. All other sessions have ended.",
  password: "Your password",
  fresh:
    "For this you have to have signed in within the last ten minutes. If you have not, sign out and in again first.",
  proves: "proves your account",
  directory: "The directory of your laboratory",
  unknown: "A provider that this server no longer has",
  since: (day: string) => `since ${day}`,
  emailTitle: "E-mail address",
  emailElsewhere: (name: string) =>
    `${name} says what you are called and what your address is. Have it changed there: it is taken over when you sign in next.`,
  provider: "Your provider",
};

export type WaysMessages = typeof waysEn;
