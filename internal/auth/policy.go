package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"vidjil.org/vidjil/internal/lab"
)

const (
	minLength = 10  // characters of a password
	maxLength = 128 // characters; one remembers fewer, and programs paste fewer
	ownLength = 6   // characters besides names
)

// CheckPassword judges a new password of the account of email and name. There
// are no rules on capitals and digits, which make passwords worse (NIST SP
// 800-63B §5.1.1.2): it must be long enough, not be made of what everybody knows
// of the person, and not be one of those that are tried first. The error is
// Invalid and says what to do.
func CheckPassword(password, email, name string) error {
	normal := normalize(password)
	switch n := utf8.RuneCountInString(normal); {
	case password != "" && normal == "" && len(password) <= maxPassword:
		return lab.Errorf(lab.Invalid, "the password holds characters that cannot be typed")
	case len(password) > maxPassword || n > maxLength:
		return lab.Errorf(lab.Invalid, "the password is longer than %d characters", maxLength)
	case n < minLength:
		return lab.Errorf(lab.Invalid, "the password needs at least %d characters", minLength)
	}
	if utf8.RuneCountInString(without(normal, known(email, name))) < ownLength {
		return lab.Errorf(lab.Invalid, "the password is little more than your name or e-mail address; choose another")
	}
	if simple(normal) || common(normal) {
		return lab.Errorf(lab.Invalid, "the password is one of those that are guessed first; choose another, such as a few words")
	}
	return nil
}

// known are the words that everybody knows of the person, and of the program.
func known(email, name string) []string {
	local, domain, _ := strings.Cut(email, "@")
	split := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	words := []string{email, local, domain, name}
	words = append(words, split(local)...)
	words = append(words, split(domain)...)
	words = append(words, split(name)...)
	return append(words, "vidjil")
}

// without is the text without the words of three letters and more.
func without(text string, words []string) string {
	text = strings.ToLower(text)
	for _, w := range words {
		if w = strings.ToLower(normalize(w)); utf8.RuneCountInString(w) >= 3 {
			text = strings.ReplaceAll(text, w, "")
		}
	}
	return text
}

// simple tells whether a password is few characters over and over, or a row of
// neighbours: "abababababab", "aaaaaaaaab", "1234567890", "9876543210".
func simple(normal string) bool {
	distinct := map[rune]bool{}
	steps := map[rune]int{}
	var before rune
	n := 0
	for _, r := range normal {
		distinct[r] = true
		if n > 0 {
			steps[r-before]++
		}
		before = r
		n++
	}
	return len(distinct) < 5 || steps[1]+steps[-1]+steps[0] >= n-2
}

// common tells whether a password is a commonest one behind digits, signs and
// capitals: "P@ssw0rd2026!" is "password".
func common(normal string) bool {
	text := strings.ToLower(normal)
	// Signs and digits around a word add nothing; a sign in the place of a
	// letter neither. What is "1" for may be "i" or "l".
	bare := strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '@' && r != '$' })
	forms := []string{text, bare}
	for _, one := range []string{"i", "l"} {
		leet := strings.NewReplacer("@", "a", "4", "a", "3", "e", "0", "o", "$", "s", "5", "s", "7", "t", "1", one, "!", "i")
		whole := leet.Replace(text)
		forms = append(forms, leet.Replace(bare), whole, strings.TrimRightFunc(whole, func(r rune) bool { return !unicode.IsLetter(r) }))
	}
	for _, f := range forms {
		letters := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, f)
		if _, ok := commonest[letters]; ok {
			return true
		}
		// A word twice is as well known as once.
		if half := letters[:len(letters)/2]; half+half == letters {
			if _, ok := commonest[half]; ok {
				return true
			}
		}
	}
	return false
}

// commonest are words and walks over the keyboard that lists of leaked
// passwords begin with, as far as they make ten characters alone, twice, or with
// digits and signs around them.
var commonest = map[string]struct{}{
	"password": {}, "passwort": {}, "motdepasse": {}, "contrasena": {}, "contraseña": {}, "passw": {}, "passphrase": {},
	"secret": {}, "changeme": {}, "changeit": {}, "default": {}, "temporary": {}, "letmein": {}, "welcome": {},
	"bienvenue": {}, "willkommen": {}, "bienvenido": {}, "bonjour": {}, "hello": {}, "helloworld": {}, "iloveyou": {},
	"jetaime": {}, "sunshine": {}, "princess": {}, "football": {}, "baseball": {}, "basketball": {}, "superman": {},
	"batman": {}, "starwars": {}, "pokemon": {}, "dragon": {}, "monkey": {}, "master": {}, "shadow": {}, "michael": {},
	"jennifer": {}, "computer": {}, "internet": {}, "soleil": {}, "chocolat": {}, "marseille": {}, "liverpool": {},
	"admin": {}, "administrator": {}, "administrateur": {}, "adminadmin": {}, "root": {}, "rootroot": {}, "toor": {},
	"test": {}, "testtest": {}, "testing": {}, "guest": {}, "user": {}, "username": {}, "login": {}, "demo": {},
	"hospital": {}, "hopital": {}, "laboratory": {}, "laboratoire": {}, "leukemia": {}, "lymphoma": {}, "immunology": {},
	"hematology": {}, "vidjil": {}, "trustno": {}, "whatever": {}, "qwerty": {}, "qwertyuiop": {}, "qwertz": {},
	"qwertzuiop": {}, "azerty": {}, "azertyuiop": {}, "asdfgh": {}, "asdfghjkl": {}, "qsdfghjklm": {}, "zxcvbnm": {},
	"zxcvbn": {}, "abcdefghij": {}, "abc": {}, "abcd": {}, "abcdef": {}, "passwordpassword": {}, "qazwsx": {},
	"qazwsxedc": {}, "1q2w3e4r": {}, "1q2w3e4r5t": {}, "1q2w3e4r5t6y": {}, "q1w2e3r4": {}, "q1w2e3r4t5": {},
	"1qaz2wsx": {}, "1qaz2wsx3edc": {}, "zaq12wsx": {}, "1a2b3c4d5e": {}, "a1b2c3d4e5": {}, "123qwe": {},
	"123qweasd": {}, "123qweasdzxc": {}, "qwe123": {}, "qweasd": {}, "qweasdzxc": {}, "123abc": {}, "abc123": {},
	"1234qwer": {}, "qwer1234": {}, "12345qwert": {}, "qwert12345": {}, "asdf1234": {}, "147258369": {},
	"1472583690": {}, "7894561230": {}, "789456123": {}, "0987654321": {}, "1122334455": {}, "11223344556": {},
	"123123123": {}, "1231231234": {}, "123456123456": {}, "1234512345": {}, "123321": {}, "123321123321": {},
	"112233": {}, "121212": {}, "123123": {}, "654321": {}, "987654321": {}, "3141592653": {}, "31415926535": {},
}
