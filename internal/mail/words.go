package mail

import (
	"fmt"
	"strings"
	"time"
)

// words are all that the letters say in one language. A language that lacks one
// is seen by the test that writes each letter in each of them.
type words struct {
	greeting, signature string
	why, whyAdmin       string // why one gets the mail, and how to get no more
	ignore              string

	invite    func(days int) said
	reset     func(minutes int) said
	locked    func(failures int, until string) said
	identity  func(provider string, added bool) said
	jobs      func(total int) said
	job       func(what string, id int64) string
	someJob   func(id int64) string
	more      func(n int) string
	followed  func(sets int) said
	newInSet  func(what string, id, samples, results int64) string
	digest    func(day string) said
	samples   func(n int64) string
	results   func(n int64) string
	failed    func(n int64) string
	quiet     string
	serverDay func(d *ServerDay, free string) []string
	export    func(size, until string) said
	disk      func(free string) said
	faults    func(total int, since string) said
	backup    func(tried, last string) said // last is "" when there was never a good one
	request   func(id string) string
	test      said

	decimal string // between units and tenths
	colon   string // behind a title
}

// said is the subject of a letter, its first sentence, and what stands on its
// link.
type said struct{ subject, text, link string }

// in returns the words of a language, English for one that there is not.
func in(language string) *words {
	if language == "fr" {
		return french()
	}
	return english()
}

// count is a number with its noun.
func count[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// moment is a time as people of all languages read it.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") + " UTC" }

// size is a number of bytes in the unit that fits: 1 GB is 10⁹ bytes.
func (w *words) size(bytes int64) string {
	const step = 1000
	value, unit := float64(bytes), 0
	for value >= step && unit < 4 {
		value, unit = value/step, unit+1
	}
	text := fmt.Sprintf("%.1f", value)
	if unit == 0 {
		text = fmt.Sprint(bytes)
	}
	letter := "B"
	if w.decimal == "," {
		letter = "o"
	}
	return strings.Replace(text, ".", w.decimal, 1) + " " + []string{"", "k", "M", "G", "T"}[unit] + letter
}

func english() *words {
	plural := count[int64]
	return &words{
		greeting: "Hello,", signature: "Vidjil", decimal: ".", colon: ":",
		why:      "You can choose which mails you get on the page of your account:",
		whyAdmin: "You get this mail as an administrator of the server. You can choose which mails you get on the page of your account:",
		ignore:   "If you did not ask for it, do nothing: nothing has changed.",
		invite: func(days int) said {
			return said{"Your Vidjil account", "An account of Vidjil was made for you. Choose your password here; the link is good once, and for " + count(days, "day", "days") + ".", "Choose a password"}
		},
		reset: func(minutes int) said {
			return said{"New Vidjil password", "To choose a new password for Vidjil, follow this link; it is good once, and for " + count(minutes, "minute", "minutes") + ".", "Choose a new password"}
		},
		locked: func(failures int, until string) said {
			return said{"Wrong passwords for your Vidjil account", "Somebody tried " + count(failures, "wrong password", "wrong passwords") + " for your account. It takes none until " + until + ". If it was you, wait until then or choose a new password. If it was not you, tell your administrators.", "Sign in"}
		},
		identity: func(provider string, added bool) said {
			if provider == "" {
				provider = "the directory"
			}
			if added {
				return said{"A new way into your Vidjil account", "Your account can be opened with an account of " + provider + " from now on. If this was not you, tell your administrators, and remove it on the page of your account.", "See your account"}
			}
			return said{"One way less into your Vidjil account", "Your account can no longer be opened with an account of " + provider + ". If this was not you, tell your administrators.", "See your account"}
		},
		jobs: func(total int) said {
			return said{count(total, "job has failed", "jobs have failed"), "Of what you asked for, " + count(total, "job has failed. Its log tells why.", "jobs have failed. Their logs tell why."), "See the jobs"}
		},
		job:     func(what string, id int64) string { return fmt.Sprintf("Job %d (%s)", id, englishJob(what)) },
		someJob: func(id int64) string { return fmt.Sprintf("Job %d", id) },
		more:    func(n int) string { return fmt.Sprintf("… and %d more", n) },
		followed: func(sets int) said {
			return said{"News in " + count(sets, "set", "sets") + " that you follow", "There is something new in " + count(sets, "set", "sets") + " that you follow.", "Choose what you follow"}
		},
		newInSet: func(what string, id, samples, results int64) string {
			var list []string
			if samples > 0 {
				list = append(list, plural(samples, "new sample", "new samples"))
			}
			if results > 0 {
				list = append(list, plural(results, "new result", "new results"))
			}
			return fmt.Sprintf("%s %d: %s", englishSet(what), id, strings.Join(list, ", "))
		},
		digest: func(day string) said {
			return said{"Vidjil on " + day, "What is new since yesterday in the sets that you can see:", "Open Vidjil"}
		},
		samples: func(n int64) string { return plural(n, "new sample", "new samples") },
		results: func(n int64) string { return plural(n, "new result", "new results") },
		failed:  func(n int64) string { return plural(n, "job of yours has failed", "jobs of yours have failed") },
		quiet:   "Nothing.",
		serverDay: func(d *ServerDay, free string) []string {
			list := []string{"The server: " + plural(d.SignIns, "sign-in", "sign-ins") + ", " + plural(d.Done, "job done", "jobs done") + ", " + fmt.Sprintf("%d failed, %d waiting", d.Failed, d.Waiting)}
			if d.Mails > 0 {
				list = append(list, plural(d.Mails, "mail could not be delivered", "mails could not be delivered"))
			}
			if free != "" {
				list = append(list, free+" are free")
			}
			return list
		},
		export: func(size, until string) said {
			return said{"Your Vidjil archive is ready", "The archive that you asked for is ready (" + size + "). Sign in and download it until " + until + "; then it is removed.", "Download"}
		},
		disk: func(free string) said {
			return said{"Little room on the Vidjil server", "The disk of the server has " + free + " left. Uploads and analyses stop when it is full.", "See the server"}
		},
		faults: func(total int, since string) said {
			return said{count(total, "error", "errors") + " on the Vidjil server", "Since " + since + " the server has failed " + count(total, "time", "times") + ". Look for these numbers in its log:", "Open the log"}
		},
		backup: func(tried, last string) said {
			text := "The backup of " + tried + " came to nothing. The server tries again by itself. "
			if last == "" {
				text += "There is no good backup yet: everything would be lost with the server."
			} else {
				text += "The newest good one is of " + last + ": what was done since would be lost with the server."
			}
			return said{"A backup of the Vidjil server has failed", text + " The page of the server says why.", "See the server"}
		},
		request: func(id string) string { return "Request " + id },
		test:    said{"A test mail of Vidjil", "Mails of your Vidjil server arrive.", "Open Vidjil"},
	}
}

func englishJob(kind string) string {
	if name := map[string]string{
		"preprocess": "preparation of reads", "analyze": "analysis", "import": "import", "fuse": "comparison of samples", "export": "archive",
	}[kind]; name != "" {
		return name
	}
	return "upkeep"
}

func englishSet(kind string) string {
	return map[string]string{"patient": "Patient", "run": "Run", "set": "Set"}[kind]
}
