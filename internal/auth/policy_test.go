package auth_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	const email, name = "marie.durand@chu-lille.example", "Marie Durand"
	for password, want := range map[string]string{
		"correct horse battery":          "",
		"trois petits chats":             "",
		"xK4!pq_9zW":                     "",
		"durand aime le jazz":            "",
		"пароль из слов":                 "",
		"密码需要十个字符才够":                     "",
		"passwordless entry":             "",
		"qwerty is a layout":             "",
		strings.Repeat("abc de", 20):     "",
		"":                               "at least 10",
		"short":                          "at least 10",
		"ninechars":                      "at least 10",
		"ééééééééé":                      "at least 10",
		strings.Repeat("abcdefgh", 17):   "longer than 128",
		strings.Repeat("abcdefgh", 1000): "longer than 128",
		"tabulated\tword":                "cannot be typed",
		"broken \xff\xff\xff":            "cannot be typed",
		email:                            "name or e-mail",
		"MARIE.DURAND":                   "name or e-mail",
		"durandmarie1":                   "name or e-mail",
		"Marie2026!":                     "name or e-mail",
		"vidjilvidjil":                   "name or e-mail",
		"vidjil-2026":                    "name or e-mail",
		"chu-lille-59":                   "name or e-mail",
		"aaaaaaaaaaaa":                   "guessed first",
		"abababababab":                   "guessed first",
		"1234567890":                     "guessed first",
		"12345678901":                    "guessed first",
		"0123456789":                     "guessed first",
		"9876543210":                     "guessed first",
		"abcdefghijk":                    "guessed first",
		"password123":                    "guessed first",
		"Password2026!":                  "guessed first",
		"P@ssw0rd2026":                   "guessed first",
		"p4$$w0rd!!!":                    "guessed first",
		"motdepasse59":                   "guessed first",
		"qwertyuiop":                     "guessed first",
		"azertyuiop":                     "guessed first",
		"1q2w3e4r5t":                     "guessed first",
		"1qaz2wsx3edc":                   "guessed first",
		"administrator":                  "guessed first",
		"adm1n1strat0r":                  "guessed first",
		"welcomewelcome":                 "guessed first",
		"!!!changeme!!!":                 "guessed first",
		"iloveyou1234":                   "guessed first",
		"hello world 1":                  "guessed first",
	} {
		err := auth.CheckPassword(password, email, name)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: got %v, want it accepted", password, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%.40q: got %v, want …%s…", password, err, want)
		case err != nil && lab.CodeOf(err) != lab.Invalid:
			t.Errorf("%q: code %s", password, lab.CodeOf(err))
		case err != nil && len(password) > 8 && strings.Contains(err.Error(), password):
			t.Errorf("the error repeats the password: %v", err)
		}
	}
	if err := auth.CheckPassword("correct horse battery", "", ""); err != nil {
		t.Errorf("an account without name: %v", err)
	}
	if err := auth.CheckPassword("a quite good one", "a@b", "Q U"); err != nil {
		t.Errorf("names too short to matter: %v", err)
	}
}

// TestCheckPasswordRandom: what a password program makes is accepted.
func TestCheckPasswordRandom(t *testing.T) {
	t.Parallel()
	for range 2000 {
		token, _ := auth.NewToken()
		if err := auth.CheckPassword(token[:14], "marie.durand@chu-lille.example", "Marie Durand"); err != nil {
			t.Errorf("%s: %v", token[:14], err)
		}
	}
}

func TestNormalizeEmail(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{
		"marie@example.org":                           "marie@example.org",
		"  Marie.Durand@EXAMPLE.org \n":               "marie.durand@example.org",
		"o'neil+lab@sub.example.org":                  "o'neil+lab@sub.example.org",
		"root@localhost":                              "root@localhost",
		"MU\u0308LLER@köln.example":                   "m\u00fcller@köln.example",
		"用户@例子.广告":                                    "用户@例子.广告",
		"":                                            "",
		"marie":                                       "",
		"@example.org":                                "",
		"marie@":                                      "",
		"a@b@c":                                       "",
		"marie durand@example.org":                    "",
		"marie@example..org":                          "",
		".marie@example.org":                          "",
		"marie.@example.org":                          "",
		"marie@-example.org":                          "",
		"marie@example.org.":                          "",
		"marie@[127.0.0.1]":                           "",
		`"marie d"@example.org`:                       "",
		"Marie <marie@example.org>":                   "",
		"a@example.org,b@example.org":                 "",
		"a@example.org\r\nBcc: b@c.org":               "",
		"mar\u202eie@example.org":                     "",
		"marie\xff@example.org":                       "",
		"marie\x00@example.org":                       "",
		strings.Repeat("m", 65) + "@example.org":      "",
		"m@" + strings.Repeat("e", 64) + ".org":       "",
		"m@" + strings.Repeat("example.", 40) + "org": "",
		strings.Repeat("m", 64) + "@" + strings.Repeat("e.", 60) + "e": strings.Repeat("m", 64) + "@" + strings.Repeat("e.", 60) + "e",
	} {
		got, err := auth.NormalizeEmail(email)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%.60q: got %q, %v, want %q", email, got, err, want)
		}
		if err != nil && lab.CodeOf(err) != lab.Invalid {
			t.Errorf("%.60q: code %s", email, lab.CodeOf(err))
		}
	}
}

func FuzzNormalizeEmail(f *testing.F) {
	for _, s := range []string{"Marie@Example.org", "İ@x.y", "MU\u0308@x", "\u0345@x", "ſ@K"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := auth.NormalizeEmail(s)
		if err != nil {
			return
		}
		if again, err := auth.NormalizeEmail(key); again != key || err != nil {
			t.Errorf("%q gives %q, which gives %q, %v", s, key, again, err)
		}
		if strings.ContainsAny(key, " \r\n\t<>,;\"\\()[]") || strings.Count(key, "@") != 1 {
			t.Errorf("%q gives %q", s, key)
		}
	})
}

// TestNormalizeEmailCase: capitals never make a second account.
func TestNormalizeEmailCase(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		email := rapid.StringMatching(`[a-zäöüéß0-9+]{1,10}@[a-zé0-9]{1,10}\.org`).Draw(t, "email")
		want, err := auth.NormalizeEmail(email)
		if err != nil {
			t.Fatal(err)
		}
		upper := strings.Map(func(r rune) rune {
			if r == 'ß' {
				return r
			}
			return []rune(strings.ToUpper(string(r)))[0]
		}, email)
		if got, err := auth.NormalizeEmail(upper); got != want || err != nil {
			t.Fatalf("%q: got %q, %v, want %q", upper, got, err, want)
		}
	})
}
