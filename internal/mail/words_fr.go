package mail

import (
	"fmt"
	"strings"
)

func french() *words {
	// In French, zero takes the singular.
	plural := func(n int64, one, many string) string {
		if n < 2 {
			return fmt.Sprintf("%d %s", n, one)
		}
		return fmt.Sprintf("%d %s", n, many)
	}
	some := func(n int, one, many string) string { return plural(int64(n), one, many) }
	return &words{
		greeting: "Bonjour,", signature: "Vidjil", decimal: ",", colon: " :",
		why:      "Vous choisissez les messages que vous recevez sur la page de votre compte :",
		whyAdmin: "Vous recevez ce message en tant qu'administrateur du serveur. Vous choisissez les messages que vous recevez sur la page de votre compte :",
		ignore:   "Si vous n'avez rien demandé, ignorez ce message : rien n'a changé.",
		invite: func(days int) said {
			return said{"Votre compte Vidjil", "Un compte Vidjil a été créé pour vous. Choisissez votre mot de passe ici ; le lien sert une seule fois et reste valable " + some(days, "jour", "jours") + ".", "Choisir un mot de passe"}
		},
		reset: func(minutes int) said {
			return said{"Nouveau mot de passe Vidjil", "Pour choisir un nouveau mot de passe Vidjil, suivez ce lien ; il sert une seule fois et reste valable " + some(minutes, "minute", "minutes") + ".", "Choisir un nouveau mot de passe"}
		},
		locked: func(failures int, until string) said {
			return said{"Mots de passe erronés pour votre compte Vidjil", "Quelqu'un a essayé " + some(failures, "mot de passe erroné", "mots de passe erronés") + " pour votre compte. Il n'en accepte aucun jusqu'au " + until + ". Si c'était vous, attendez ou choisissez un nouveau mot de passe. Sinon, prévenez vos administrateurs.", "Se connecter"}
		},
		identity: func(provider string, added bool) said {
			of := "de " + provider
			if provider == "" {
				of = "de l'annuaire"
			}
			if added {
				return said{"Un nouvel accès à votre compte Vidjil", "Votre compte peut désormais être ouvert avec un compte " + of + ". Si ce n'était pas vous, prévenez vos administrateurs et retirez cet accès sur la page de votre compte.", "Voir votre compte"}
			}
			return said{"Un accès de moins à votre compte Vidjil", "Votre compte ne peut plus être ouvert avec un compte " + of + ". Si ce n'était pas vous, prévenez vos administrateurs.", "Voir votre compte"}
		},
		jobs: func(total int) said {
			return said{some(total, "tâche a échoué", "tâches ont échoué"), "Parmi ce que vous avez demandé, " + some(total, "tâche a échoué. Son journal dit pourquoi.", "tâches ont échoué. Leurs journaux disent pourquoi."), "Voir les tâches"}
		},
		job:     func(what string, id int64) string { return fmt.Sprintf("Tâche %d (%s)", id, frenchJob(what)) },
		someJob: func(id int64) string { return fmt.Sprintf("Tâche %d", id) },
		more:    func(n int) string { return fmt.Sprintf("… et %d de plus", n) },
		followed: func(sets int) said {
			return said{"Du nouveau dans " + some(sets, "ensemble que vous suivez", "ensembles que vous suivez"), "Il y a du nouveau dans " + some(sets, "ensemble que vous suivez", "ensembles que vous suivez") + ".", "Choisir ce que vous suivez"}
		},
		newInSet: func(what string, id, samples, results int64) string {
			var list []string
			if samples > 0 {
				list = append(list, plural(samples, "nouvel échantillon", "nouveaux échantillons"))
			}
			if results > 0 {
				list = append(list, plural(results, "nouveau résultat", "nouveaux résultats"))
			}
			return fmt.Sprintf("%s %d : %s", frenchSet(what), id, strings.Join(list, ", "))
		},
		digest: func(day string) said {
			return said{"Vidjil le " + day, "Ce qui est nouveau depuis hier dans les ensembles que vous pouvez voir :", "Ouvrir Vidjil"}
		},
		samples: func(n int64) string { return plural(n, "nouvel échantillon", "nouveaux échantillons") },
		results: func(n int64) string { return plural(n, "nouveau résultat", "nouveaux résultats") },
		failed:  func(n int64) string { return plural(n, "de vos tâches a échoué", "de vos tâches ont échoué") },
		quiet:   "Rien.",
		serverDay: func(d *ServerDay, free string) []string {
			list := []string{"Le serveur : " + plural(d.SignIns, "connexion", "connexions") + ", " + plural(d.Done, "tâche terminée", "tâches terminées") + ", " +
				plural(d.Failed, "échec", "échecs") + ", " + fmt.Sprintf("%d en attente", d.Waiting)}
			if d.Mails > 0 {
				list = append(list, plural(d.Mails, "message n'a pas pu être remis", "messages n'ont pas pu être remis"))
			}
			if free != "" {
				list = append(list, free+" libres")
			}
			return list
		},
		export: func(size, until string) said {
			return said{"Votre archive Vidjil est prête", "L'archive que vous avez demandée est prête (" + size + "). Connectez-vous et téléchargez-la avant le " + until + " ; ensuite, elle est supprimée.", "Télécharger"}
		},
		disk: func(free string) said {
			return said{"Peu de place sur le serveur Vidjil", "Il reste " + free + " sur le disque du serveur. Les envois et les analyses s'arrêtent quand il est plein.", "Voir le serveur"}
		},
		faults: func(total int, since string) said {
			return said{some(total, "erreur", "erreurs") + " sur le serveur Vidjil", "Depuis le " + since + ", le serveur a échoué " + fmt.Sprintf("%d fois", total) + ". Cherchez ces numéros dans son journal :", "Ouvrir le journal"}
		},
		backup: func(tried, last string) said {
			text := "La sauvegarde du " + tried + " n'a pas abouti. Le serveur réessaie de lui-même. "
			if last == "" {
				text += "Il n'y a encore aucune sauvegarde valable : tout serait perdu avec le serveur."
			} else {
				text += "La dernière qui soit valable est du " + last + " : ce qui a été fait depuis serait perdu avec le serveur."
			}
			return said{"Une sauvegarde du serveur Vidjil a échoué", text + " La page du serveur dit pourquoi.", "Voir le serveur"}
		},
		request: func(id string) string { return "Requête " + id },
		test:    said{"Un message d'essai de Vidjil", "Les messages de votre serveur Vidjil arrivent.", "Ouvrir Vidjil"},
	}
}

func frenchJob(kind string) string {
	if name := map[string]string{
		"preprocess": "préparation des lectures", "analyze": "analyse", "import": "import", "fuse": "comparaison d'échantillons", "export": "archive",
	}[kind]; name != "" {
		return name
	}
	return "entretien"
}

func frenchSet(kind string) string {
	return map[string]string{"patient": "Patient", "run": "Run", "set": "Ensemble"}[kind]
}
