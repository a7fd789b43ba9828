package monitor

import (
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// words are what the page says in a language. What a server reports in sentences
// of its own stays as it is: only the names of its checks are put into words.
type words struct {
	Lang  string // BCP 47
	Title string
	None  template.HTML // no server reports here
	Lead  func(wrong, all int, at time.Time) string
	Heads [8]string // of the columns
	// Since and Started are followed by a time, Oldest by an age, Files by bytes.
	Since, Started, Oldest, Files func(text string) string
	Queue                         func(waiting, running int64) string
	NoBackup, NotYet              string // none is made; the first is to come
	Failed                        func(jobs int64) string
	Faults                        func(requests int64) string
	Unheard                       string

	states       map[State]string
	checks       map[string]string
	never        string
	ago          func(age string) string
	days         func(n int) string
	colon, point string   // the latter of decimals
	bytes        []string // MB, GB, TB
	unknown      string
	minuteLayout string
}

// languages are those of the page, the first when nothing else is wanted.
func languages() []*words { return []*words{english(), french()} }

func english() *words {
	return &words{
		Lang: "en", Title: "Vidjil servers",
		None: "No server reports here yet. Make a token with <code>vidjil monitor token NAME</code>, and put it into the settings of that server: <code>monitor.url</code> and <code>monitor.token</code>.",
		Lead: func(wrong, all int, at time.Time) string {
			text := "Nothing needs a look."
			if wrong == 1 {
				text = fmt.Sprintf("1 of %d needs a look.", all)
			} else if wrong > 1 {
				text = fmt.Sprintf("%d of %d need a look.", wrong, all)
			}
			return text + " Read at " + at.Format(time.DateTime) + " UTC; the page renews itself."
		},
		Heads:   [8]string{"Server", "State", "Last seen", "Queue", "Free disk", "Backup", "Errors", "Version"},
		Since:   func(t string) string { return "since " + t },
		Started: func(t string) string { return "started " + t },
		Oldest:  func(t string) string { return "oldest " + t },
		Files:   func(t string) string { return t + " of files" },
		Queue: func(waiting, running int64) string {
			return fmt.Sprintf("%d wait, %d run", waiting, running)
		},
		NoBackup: "none", NotYet: "none yet",
		Failed:  func(n int64) string { return fmt.Sprintf("%d jobs", n) },
		Faults:  func(n int64) string { return fmt.Sprintf("%d requests since start", n) },
		Unheard: "Nothing was heard of it yet.",
		never:   "never", ago: func(t string) string { return t + " ago" }, days: func(n int) string { return fmt.Sprintf("%d days", n) },
		colon: ":", point: ".", bytes: []string{"MB", "GB", "TB"}, unknown: "not known", minuteLayout: "2006-01-02 15:04",
	}
}

func french() *words {
	return &words{
		Lang: "fr", Title: "Serveurs Vidjil",
		None: "Aucun serveur ne donne encore de ses nouvelles ici. Créez un jeton avec <code>vidjil monitor token NAME</code> et mettez-le dans les réglages de ce serveur : <code>monitor.url</code> et <code>monitor.token</code>.",
		Lead: func(wrong, all int, at time.Time) string {
			text := "Rien ne demande votre attention."
			if wrong == 1 {
				text = fmt.Sprintf("1 serveur sur %d demande votre attention.", all)
			} else if wrong > 1 {
				text = fmt.Sprintf("%d serveurs sur %d demandent votre attention.", wrong, all)
			}
			return text + " Lu le " + at.Format("02/01/2006 à 15:04:05") + " UTC ; la page se renouvelle d’elle-même."
		},
		Heads:   [8]string{"Serveur", "État", "Vu", "File", "Disque libre", "Sauvegarde", "Erreurs", "Version"},
		Since:   func(t string) string { return "depuis le " + t },
		Started: func(t string) string { return "démarré " + t },
		Oldest:  func(t string) string { return "la plus ancienne : " + t },
		Files:   func(t string) string { return t + " de fichiers" },
		Queue: func(waiting, running int64) string {
			return fmt.Sprintf("%d en attente, %d en cours", waiting, running)
		},
		NoBackup: "aucune", NotYet: "pas encore",
		Failed:  func(n int64) string { return pluralFR(n, "tâche") },
		Faults:  func(n int64) string { return pluralFR(n, "requête") + " depuis la mise en marche" },
		Unheard: "On n’en a encore rien entendu.",
		states:  map[State]string{Expected: "attendu", Well: "en ordre", Unwell: "en défaut", Silent: "muet"},
		checks: map[string]string{
			"database": "base de données", "blobs": "fichiers", "disk": "disque", "clock": "horloge", "queue": "file", "failures": "échecs",
			"backup": "sauvegarde", "mail": "courriels",
		},
		never: "jamais", ago: func(t string) string { return "il y a " + t }, days: func(n int) string { return fmt.Sprintf("%d jours", n) },
		colon: "\u00a0:", point: ",", bytes: []string{"Mo", "Go", "To"}, unknown: "inconnu", minuteLayout: "02/01/2006 15:04",
	}
}

// pluralFR counts in French, where nought is singular too.
func pluralFR(n int64, noun string) string {
	if n > 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// preferred finds the language of the page that a browser wants most
// (Accept-Language, RFC 9110 §12.5.4).
func preferred(r *http.Request, list []*words) *words {
	best, weight := list[0], 0.0
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, parameter, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if text, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(text, 64); err != nil {
				continue
			}
		}
		language, _, _ := strings.Cut(strings.ToLower(tag), "-")
		for _, w := range list {
			if w.Lang == language && q > weight {
				best, weight = w, q
			}
		}
	}
	return best
}

// State is how a server is, in words.
func (w *words) State(s State) string {
	if text := w.states[s]; text != "" {
		return text
	}
	return string(s)
}

// Check is what a server looked at, in words, before what it found.
func (w *words) Check(c lab.VitalCheck) string {
	if text := w.checks[c.Name]; text != "" {
		return text + w.colon
	}
	return c.Name + w.colon
}

// Minute writes a time to the minute.
func (w *words) Minute(t time.Time) string { return t.Format(w.minuteLayout) }

// Ago is how long a time is past at another.
func (w *words) Ago(now, t time.Time) string {
	if t.IsZero() {
		return w.never
	}
	return w.ago(w.Age(now.Sub(t).Seconds()))
}

// Age writes a time of some seconds in its largest unit.
func (w *words) Age(seconds float64) string {
	switch d := time.Duration(seconds * float64(time.Second)); {
	case d < 90*time.Second:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 90*time.Minute:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return w.days(int(d.Hours() / 24))
	}
}

// Size writes bytes in the unit that disks are sold by.
func (w *words) Size(n int64) string {
	if n < 0 {
		return w.unknown
	}
	v, unit := float64(n)/1e6, 0
	for ; v >= 1000 && unit < len(w.bytes)-1; unit++ {
		v /= 1000
	}
	return strings.Replace(strconv.FormatFloat(v, 'f', 1, 64), ".", w.point, 1) + " " + w.bytes[unit]
}
