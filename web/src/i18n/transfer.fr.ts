/** French messages of archives that go to other servers, or come from them. */
import type { TransferMessages } from "./transfer.en";

const n = (value: number): string => value.toLocaleString("fr");
const count = (value: number, one: string, many: string): string => `${n(value)} ${value < 2 ? one : many}`;

export const transferFr: TransferMessages = {
  exportArchive: "Exporter une archive",
  exportTitle: (sets) => `Exporter ${count(sets, "ensemble", "ensembles")} pour un autre serveur`,
  exportText:
    "Échantillons, résultats, toutes les versions des annotations, configurations et journaux. Les droits restent ici.",
  reads: "Aussi les fichiers de lectures",
  anonymous: "Sans l’identité des patients",
  download: "Télécharger",
  importArchive: "Importer une archive",
  title: "Importer une archive",
  text: "Des ensembles d’un autre serveur, ou du migrateur d’origine dans un fichier ZIP. Tout est vérifié d’abord ; rien n’est jamais là à moitié.",
  choose: "Choisir une archive…",
  group: "Pour le groupe",
  noGroup: "Vous ne pouvez créer d’ensembles pour aucun groupe.",
  sending: "Envoi",
  waiting: "En attente d’un ouvrier",
  checking: "Examen de l’archive",
  found: (sets, samples, results, notes) =>
    `${count(sets, "ensemble", "ensembles")}, ${count(samples, "échantillon", "échantillons")}, ${count(results, "résultat", "résultats")}, ${count(notes, "version d’annotation", "versions d’annotations")}`,
  from: (program) => `Écrite par ${program}.`,
  there: "Dans l’archive",
  here: "Ici",
  results: "Résultats",
  newConfig: (name) => `Nouvelle : ${name}`,
  noConfig: "En choisir une",
  known: (sets) => `${count(sets, "ensemble est déjà venu", "ensembles sont déjà venus")} ici.`,
  skip: "Les laisser comme ils sont",
  again: "Les reprendre encore une fois",
  faults: "À corriger d’abord",
  notes: "Bon à savoir",
  start: "Importer",
  done: (sets) => `${count(sets, "ensemble est", "ensembles sont")} ici maintenant.`,
  open: (id) => `Ouvrir l’ensemble ${id}`,
};
