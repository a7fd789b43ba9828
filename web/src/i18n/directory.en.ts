/** English messages of signing in through the laboratory's directory or a provider of OpenID Connect. */
export const directoryEn = {
  name: "E-mail or name in the directory",
  with: (provider: string) => `Sign in with ${provider}`,
  or: "or with a password of this server",
  orDirectory: "or with a name and a password",
  confirmTitle: "One more step",
  confirmText: "You have proven who you are. Now enter the code of your second factor.",
  confirm: "Continue",
  failed: {
    disabled: "Your account is disabled, or you may not use this server. Ask an administrator.",
    email:
      "No account could be opened with your e-mail address: another account here has it, or it was not verified. If the account is yours, sign in with its password and link the two on its page; otherwise ask an administrator.",
    account: "You have no account here. Ask an administrator for one.",
    state: "This sign-in took too long, was used already, or was begun in another window. Begin again.",
    provider: "The provider did not prove who you are. Begin again.",
    down: "The provider does not answer now. Accounts with a password of this server work.",
    too_many: "Too many attempts. Wait a minute, then begin again.",
    other: "The sign-in came to nothing. Begin again.",
  },
};

export type DirectoryMessages = typeof directoryEn;
