import type { DirectoryMessages } from "./directory.en";

/** French messages of signing in through the laboratory's directory or a provider of OpenID Connect. */
export const directoryFr: DirectoryMessages = {
  name: "Adresse électronique ou nom dans l’annuaire",
  with: (provider) => `Se connecter avec ${provider}`,
  or: "ou avec un mot de passe de ce serveur",
  orDirectory: "ou avec un nom et un mot de passe",
  confirmTitle: "Encore une étape",
  confirmText: "Votre identité est établie. Saisissez maintenant le code de votre second facteur.",
  confirm: "Continuer",
  failed: {
    disabled: "Votre compte est désactivé, ou vous n’avez pas accès à ce serveur. Adressez-vous à un administrateur.",
    email:
      "Aucun compte n’a pu être ouvert avec votre adresse : un autre compte l’utilise ici, ou elle n’a pas été vérifiée. Si ce compte est le vôtre, connectez-vous avec son mot de passe et liez les deux sur sa page ; sinon, adressez-vous à un administrateur.",
    account: "Vous n’avez pas de compte ici. Demandez-en un à un administrateur.",
    state:
      "Cette connexion a duré trop longtemps, a déjà servi, ou a été commencée dans une autre fenêtre. Recommencez.",
    provider: "Le fournisseur n’a pas établi votre identité. Recommencez.",
    down: "Le fournisseur ne répond pas. Les comptes qui ont un mot de passe sur ce serveur fonctionnent.",
    too_many: "Trop de tentatives. Attendez une minute, puis recommencez.",
    other: "La connexion n’a pas abouti. Recommencez.",
  },
};
