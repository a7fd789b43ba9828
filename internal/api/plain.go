package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"vidjil.org/vidjil/internal/lab"
)

// errNotText and errNotTextIn refuse what is no text, in an address and in a
// body.
var (
	errNotTextIn = errors.New("strings hold bytes that are no text")
	errNotText   = lab.Errorf(lab.Invalid, "the address holds bytes that are no text")
)

// plain refuses addresses with bytes that are no text: databases take none of
// them, each in its own way, and no name has them.
func (a *api) plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.QueryUnescape(r.URL.RawQuery)
		if err != nil || !isText(query) || !isText(r.URL.Path) {
			a.writeProblem(r.Context(), w, errNotText)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// textFormats are the formats of bodies: JSON, in which no string has a NUL or
// is other than UTF-8. The decoder would put another character in the place of
// the one, and databases stumble over the other.
func textFormats() map[string]huma.Format {
	f := huma.DefaultJSONFormat
	f.Unmarshal = func(data []byte, v any) error {
		if !utf8.Valid(data) || holdsNUL(data) {
			return errNotTextIn
		}
		return json.Unmarshal(data, v)
	}
	return map[string]huma.Format{"application/json": f, "json": f}
}

// holdsNUL tells whether JSON has an escaped NUL; a plain one is no JSON.
func holdsNUL(data []byte) bool {
	escape := []byte(`\u0000`)
	for {
		i := bytes.Index(data, escape)
		if i < 0 {
			return false
		}
		before := 0 // backslashes: an odd number of them escapes this one
		for before < i && data[i-1-before] == '\\' {
			before++
		}
		if before%2 == 0 {
			return true
		}
		data = data[i+1:]
	}
}
