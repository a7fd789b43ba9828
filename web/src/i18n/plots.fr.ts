/** Les mots des graphiques et du suivi dans le temps. */
import type { PlotMessages } from "./plots.en";

const clonotypes = (n: number): string => `${n.toLocaleString("fr")} ${n < 2 ? "clonotype" : "clonotypes"}`;

export const plotsFr: PlotMessages = {
  picture: "graphique",
  keys: "Les flèches vont de marque en marque, Entrée sélectionne, Maj ajoute.",
  tool: { box: "Sélectionner avec un cadre", lasso: "Sélectionner avec un lasso" },
  toolHint: "Glisser pour sélectionner · Maj ajoute · Alt retire · la molette agrandit",

  axis: {
    options: (axis) => `Plage et échelle de ${axis}`,
    from: "De",
    to: "À",
    zoom: "Agrandir cette plage",
    filter: "Ne montrer que cette plage",
    toSelection: "Agrandir la sélection",
    scale: "Échelle",
    log: "Logarithmique",
    linear: "Linéaire",
    inverted: "Inversé",
    reset: "Axe entier",
    wrong: "Indiquer un nombre, ou rien.",
    order: "Le second nombre est inférieur au premier.",
    percent: "en pourcent",
  },
  resetZoom: "Axes entiers",

  height: { size: "Taille", count: "Nombre de clonotypes" },
  heightLabel: "Hauteur des barres",
  overlap: "Recouvrement",
  index: { morisita: "Morisita–Horn", jaccard: "Jaccard", shared: "Clonotypes partagés" },
  indexLabel: "Recouvrement selon",
  indexHint: {
    morisita: "2 Σpq / (Σp² + Σq²) sur les parts de lectures : 1 pour le même répertoire, 0 si rien n’est commun",
    jaccard: "parmi les clonotypes des deux échantillons, la part qu’ils ont en commun",
    shared: "clonotypes ayant des lectures dans les deux échantillons",
  },
  overlapAll: "sur tous les clonotypes",
  overlapListed: "sur les clonotypes listés",
  overlapCell: (a, b, value, shared) => `${a} × ${b} : ${value}${shared}`,
  overlapShared: (n) => `, ${clonotypes(n)} dans les deux`,
  overlapOne: "Un recouvrement demande deux échantillons.",
  thisSample: "Cet échantillon",
  otherSample: "Autre échantillon",
  pair: (r, n) => (r === "" ? `${clonotypes(n)} dans les deux` : `r = ${r} · ${clonotypes(n)} dans les deux`),
  rest: (label, n, size) =>
    n > 0 ? `${label} : ${clonotypes(n)} non ${n < 2 ? "listé" : "listés"}, ${size}` : `${label} : non listé, ${size}`,

  table: {
    show: "Montrer en tableau…",
    copy: "Copier (TSV)",
    copied: "Copié",
    download: "Télécharger (TSV)",
    close: "Fermer",
    cut: (shown, all) =>
      `Les ${shown.toLocaleString("fr")} premières lignes sur ${all.toLocaleString("fr")} ; le fichier les a toutes.`,
    empty: "Il n’y a rien dans ce graphique.",
  },
  column: {
    id: "Fenêtre",
    clonotypes: "Clonotypes",
    count: "Nombre de clonotypes",
    sample: "Échantillon",
    other: "Autre échantillon",
    value: "Recouvrement",
  },

  graph: {
    look: "Échelle et espacement",
    scale: "Tailles",
    spacing: "Échantillons",
    near: "selon la date, étiquettes séparées",
    even: "à distances égales",
    days: "selon les jours",
    noDates: "Aucune date n’ordonne les échantillons.",
    series: "Autres mesures (axe de droite)",
    noSeries: "Ce résultat n’a pas d’autres mesures.",
    moved: (name, place, of) => `${name} est maintenant l’échantillon ${place} sur ${of}`,
    hidden: (name) => `${name} est masqué`,
    sample: (name, facts) => [name, ...facts].join(" · "),
    handle: "Glisser pour réordonner ; ou Alt et une flèche",
    hide: "Masquer cet échantillon",
    only: "Seulement cet échantillon",
    sharing: "Seulement les échantillons avec les clonotypes sélectionnés",
    hint: "Cliquer une étiquette pour y aller, la glisser pour réordonner, double-cliquer pour masquer. Clavier : Alt et ← → déplacent l’échantillon courant, Suppr le masque.",
  },
};
