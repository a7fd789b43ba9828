package server

import (
	"bytes"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/config"
)

// TestLimitsOfTheSettings: what the administrator set is what people meet.
func TestLimitsOfTheSettings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*config.Limits)
		want   string // of the refusal of 1 MB
	}{
		{"none", func(*config.Limits) {}, ""},
		{"a file", func(l *config.Limits) { l.Upload = 1000 }, "the file has 1 MB; at most"},
		{"a group", func(l *config.Limits) { l.GroupQuota = 2000 }, "the quota of laboratory is reached: 2000 bytes"},
		{"a person", func(l *config.Limits) { l.PersonQuota = 3000 }, "your quota is reached: 3000 bytes"},
		{"all on the disk", func(l *config.Limits) { l.DiskReserve = 1 << 60 }, "no room for this file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, Config{Settings: settings(t.TempDir(), func(c *config.Config) { tt.change(&c.Limits) })})
			said := r.said
			for !strings.Contains(said, "#") {
				said += r.line()
			}
			data := manyReads(1 << 20)
			script, s := setUp(t, r.url, said, len(data), nil)
			_, err := script.Upload(t.Context(), s.Files[0].ID, "a.fastq", bytes.NewReader(data), int64(len(data)), client.UploadOptions{Patience: time.Millisecond})
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("upload: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("upload: got %v, want a refusal with %q", err, tt.want)
			}
		})
	}
}

// TestSessionsEnd: who did nothing for as long as the settings say signs in again.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for idle, want := range map[config.Duration]bool{config.Duration(time.Hour): true, 1: false} {
		r := run(t, Config{Settings: settings(t.TempDir(), func(c *config.Config) { c.Limits.SessionIdle = idle })})
		said := r.said
		for !strings.Contains(said, "#") {
			said += r.line()
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := client.New(client.Options{URL: r.url, HTTP: &http.Client{Jar: jar}})
		if err != nil {
			t.Fatal(err)
		}
		_, token, _ := strings.Cut(said, "#")
		if _, err := c.Setup(t.Context(), client.Setup{Token: strings.TrimSpace(token), Email: "root@example.org", Name: "Root", Password: "seven quiet horses"}); err != nil {
			t.Fatal(err)
		}
		who, err := c.Whoami(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := who.User != nil; got != want {
			t.Errorf("idle for %s: signed in %t, want %t", idle, got, want)
		}
	}
}
