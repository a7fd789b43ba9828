/** Messages français des accès à son propre compte : identités prouvées ailleurs. */
import type { WaysMessages } from "./ways.en";

export const waysFr: WaysMessages = {
  title: "Autres accès",
  text: "Vous pouvez aussi vous connecter avec un compte que vous avez ailleurs. Votre mot de passe ici reste valable.",
  textOther: "Vous pouvez aussi vous connecter avec d’autres comptes que vous avez ailleurs.",
  linked: (name) => `Vous pouvez désormais vous connecter avec ${name}.`,
  notLinked: {
    disabled: "Le fournisseur ne vous autorise pas ici. Adressez-vous à qui le gère.",
    taken: "Ce compte ouvre déjà un autre compte de ce serveur.",
    linked: "Un compte de ce fournisseur ouvre déjà le vôtre. Retirez-le d’abord.",
    state: "C’était trop long, déjà fait, ou vous vous êtes déconnecté entre-temps. Recommencez.",
    provider: "Le fournisseur n’a pas prouvé qui vous êtes. Recommencez.",
    down: "Le fournisseur ne répond pas. Réessayez plus tard.",
    too_many: "Trop d’essais. Attendez une minute, puis recommencez.",
    other: "Rien n’a été lié. Recommencez.",
  },
  link: (name) => `Lier un compte de ${name}`,
  linkText: (name) => `Vous passez par ${name}, vous y connectez, puis revenez ici.`,
  go: "Continuer",
  cancel: "Annuler",
  unlink: "Retirer",
  unlinkOf: (name) => `Retirer ${name}`,
  unlinkText: (name) =>
    `Vous ne pourrez plus vous connecter avec ${name}, et quitterez les groupes qui venaient avec cet accès.`,
  unlinked: "Accès retiré. Toutes les autres sessions sont terminées.",
  password: "Votre mot de passe",
  fresh: "Il faut s’être connecté dans les dix dernières minutes. Sinon, déconnectez-vous et reconnectez-vous d’abord.",
  proves: "prouve votre compte",
  directory: "L’annuaire de votre laboratoire",
  unknown: "Un fournisseur que ce serveur n’a plus",
  since: (day) => `depuis le ${day}`,
  emailTitle: "Adresse électronique",
  emailElsewhere: (name) =>
    `${name} indique votre nom et votre adresse. Faites-les changer là-bas : ils sont repris à la prochaine connexion.`,
  provider: "Votre fournisseur",
};
