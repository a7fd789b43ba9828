package mail_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
)

var update = flag.Bool("update", false, "rewrite testdata")

// examples are one letter of each kind, and those whose words differ.
func examples() map[string]mail.Letter {
	at := time.Date(2026, 11, 23, 17, 32, 10, 0, time.UTC)
	return map[string]mail.Letter{
		"invite":             mail.Invite{Link: "https://vidjil.test/welcome#token", Days: 7},
		"reset":              mail.Reset{Link: "https://vidjil.test/password#token", Minutes: 60},
		"locked":             mail.Locked{Failures: 5, Until: at, Link: "https://vidjil.test/sign-in"},
		"identity-added":     mail.Identity{Provider: "University Hospital", Added: true, Link: "https://vidjil.test/account"},
		"identity-directory": mail.Identity{Added: true, Link: "https://vidjil.test/account"},
		"identity-removed":   mail.Identity{Provider: "University Hospital", Link: "https://vidjil.test/account"},
		"jobs": mail.Jobs{Total: 12, Link: "https://vidjil.test/jobs", Failed: []mail.FailedJob{
			{ID: 7, What: "analyze", Link: "https://vidjil.test/sets/3"}, {ID: 8, What: "fuse", Link: "https://vidjil.test/sets/3"}, {ID: 9, What: "collect"},
		}},
		"jobs-one": mail.Jobs{Total: 1, Link: "https://vidjil.test/jobs", Failed: []mail.FailedJob{{ID: 7, What: "preprocess", Link: "https://vidjil.test/sets/3"}}},
		"followed": mail.Followed{Link: "https://vidjil.test/account", Sets: []mail.NewInSet{
			{ID: 3, What: "patient", Samples: 2, Results: 1, Link: "https://vidjil.test/sets/3"}, {ID: 4, What: "run", Results: 96, Link: "https://vidjil.test/sets/4"},
		}},
		"digest":       mail.Digest{Day: "2026-11-23", Samples: 4, Results: 1, Failed: 2, Link: "https://vidjil.test/"},
		"digest-admin": mail.Digest{Day: "2026-11-23", Link: "https://vidjil.test/", Server: &mail.ServerDay{SignIns: 12, Done: 96, Failed: 1, Waiting: 3, Mails: 1, Free: 1_240e9}},
		"export":       mail.Export{Link: "https://vidjil.test/account", Bytes: 12_345_678, Until: at},
		"disk":         mail.Disk{Free: 950e6, Link: "https://vidjil.test/admin"},
		"faults":       mail.Faults{Total: 14, Requests: []string{"ABCDEFGH23456789", "JKLMNPQR23456789"}, Jobs: []int64{77}, Since: at, Link: "https://vidjil.test/admin/log"},
		"backup":       mail.Backup{Tried: at, Last: at.Add(-3 * time.Hour), Link: "https://vidjil.test/admin"},
		"backup-none":  mail.Backup{Tried: at, Link: "https://vidjil.test/admin"},
		"test":         mail.Test{Link: "https://vidjil.test"},
	}
}

// TestGolden: each letter in each language, as text and as HTML.
func TestGolden(t *testing.T) {
	t.Parallel()
	seen := map[lab.MailKind]bool{}
	for name, letter := range examples() {
		seen[letter.Kind()] = true
		for _, language := range []string{"en", "fr"} {
			t.Run(name+"/"+language, func(t *testing.T) {
				t.Parallel()
				subject, text, html := mail.Write(letter, language, "https://vidjil.test/account")
				got := "Subject: " + subject + "\n\n" + text + "\n" + html
				file := filepath.Join("testdata", name+"."+language+".txt")
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", file, diff)
				}
				if strings.Contains(html, "src=") || strings.Contains(html, "url(") {
					t.Error("opening the mail would load something, and tell somebody")
				}
			})
		}
	}
	for _, kind := range []lab.MailKind{
		lab.MailInvite, lab.MailReset, lab.MailLocked, lab.MailJobs, lab.MailFollowed, lab.MailDigest, lab.MailExport, lab.MailDisk, lab.MailFaults, lab.MailBackup, lab.MailTest,
	} {
		if !seen[kind] {
			t.Errorf("no example of %q", kind)
		}
	}
}

// TestHTMLEscapes: nothing that a link holds becomes markup.
func TestHTMLEscapes(t *testing.T) {
	t.Parallel()
	_, _, html := mail.Write(mail.Jobs{Total: 1, Link: `javascript:alert(1)`, Failed: []mail.FailedJob{{ID: 1, What: "analyze", Link: `https://vidjil.test/"><script>`}}}, "en", `"><b>`)
	for _, bad := range []string{"<script", `href="javascript:`, `"><b>`} {
		if strings.Contains(html, bad) {
			t.Errorf("the mail has %s:\n%s", bad, html)
		}
	}
}

func TestReadUnknown(t *testing.T) {
	t.Parallel()
	if _, err := mail.Read("newsletter", []byte("{}")); err == nil {
		t.Error("a letter of no kind was read")
	}
	if _, err := mail.Read(lab.MailJobs, []byte("{")); err == nil {
		t.Error("a letter that is no JSON was read")
	}
}
