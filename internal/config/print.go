package config

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Masked stands in the place of a secret.
const Masked = "********"

// Setting is a value in effect, as people may see it.
type Setting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"` // text, number, bool or list of text; nil when none is set
	Source string `json:"source"`
	toml   string
	secret bool
}

// Text is the value as a line shows it.
func (s Setting) Text() string {
	switch {
	case s.Value == nil:
		return ""
	case s.secret:
		return fmt.Sprint(s.Value)
	default:
		return s.toml
	}
}

// Settings lists all values in effect, secrets masked.
func (l *Loaded) Settings() []Setting {
	var list []Setting
	v := reflect.ValueOf(l.Config)
	for _, f := range Fields() {
		at := v.FieldByIndex(f.index)
		if !f.IsMap() {
			list = append(list, l.setting(f.Key, &f, at))
			continue
		}
		var below []Setting
		for it := at.MapRange(); it.Next(); {
			below = append(below, l.setting(f.Key+"."+it.Key().String(), &f, it.Value()))
		}
		slices.SortFunc(below, func(a, b Setting) int { return cmp.Compare(a.Key, b.Key) })
		list = append(list, below...)
	}
	return list
}

func (l *Loaded) setting(key string, f *Field, at reflect.Value) Setting {
	from, given := l.Sources[key]
	if !given {
		from.Origin = FromDefault
	}
	s := Setting{Key: key, Source: from.String()}
	if at.IsZero() && !given {
		if k := at.Kind(); k != reflect.Bool && k != reflect.Int && at.Type() != reflect.TypeFor[Size]() {
			return s // nothing is set, and there is no default
		}
	}
	s.Value = plain(at.Interface())
	if text, ok := s.Value.(string); ok && text != "" && f.Secret != "" {
		s.Value, s.secret = mask(f.Secret, text), true
	}
	s.toml = quote(s.Value)
	return s
}

// mask hides a secret; of a URL, its password.
func mask(kind, text string) string {
	if kind != "url" {
		return Masked
	}
	u, err := url.Parse(text)
	if err != nil {
		return Masked
	}
	query := u.Query()
	if _, hidden := u.User.Password(); !hidden && !query.Has("password") {
		return text
	}
	if name := u.User.Username(); u.User != nil {
		u.User = url.UserPassword(name, Masked)
	}
	if query.Has("password") {
		query.Set("password", Masked)
		u.RawQuery = query.Encode()
	}
	return strings.ReplaceAll(u.String(), url.QueryEscape(Masked), Masked)
}

// plain is a value as JSON has it: what people write.
func plain(v any) any {
	switch v := v.(type) {
	case fmt.Stringer:
		return v.String()
	default:
		return v
	}
}

// quote writes a value as TOML does.
func quote(v any) string {
	switch v := v.(type) {
	case string:
		return quoteText(v)
	case []string:
		parts := make([]string, len(v))
		for i, text := range v {
			parts[i] = quoteText(text)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}

// quoteText writes a basic string of TOML, whose escapes differ from Go's.
func quoteText(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// quoteKey writes a name of a table's entry.
func quoteKey(name string) string {
	for _, r := range name {
		if r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return quoteText(name)
		}
	}
	return name
}

// WriteTOML writes the values in effect as a file that can be read again, each
// with its source. Secrets are left out: comments say where they were.
func (l *Loaded) WriteTOML(w io.Writer) error {
	var b strings.Builder
	table, fields := "", Fields()
	for _, s := range tablesLast(l.Settings()) {
		f, entry, _ := find(fields, s.Key)
		at, name := split(f.Key)
		if f.IsMap() {
			at, name = f.Key, quoteKey(entry)
		}
		if at != table {
			table = at
			fmt.Fprintf(&b, "\n[%s]\n", table)
		}
		switch {
		case s.Value == nil:
			fmt.Fprintf(&b, "# %s is not set\n", name)
		case s.secret:
			fmt.Fprintf(&b, "# %s = %s  # %s\n", name, s.toml, s.Source)
		default:
			fmt.Fprintf(&b, "%s = %s  # %s\n", name, s.toml, s.Source)
		}
	}
	_, err := io.WriteString(w, strings.TrimPrefix(b.String(), "\n"))
	return err
}

// tablesLast puts what is in no table before all tables, as TOML wants it.
func tablesLast(list []Setting) []Setting {
	fields := Fields()
	group := func(s Setting) string {
		f, _, _ := find(fields, s.Key)
		if f.IsMap() {
			return f.Key
		}
		at, _ := split(f.Key)
		return at
	}
	order := map[string]int{"": -1}
	for i, s := range list {
		if _, seen := order[group(s)]; !seen {
			order[group(s)] = i
		}
	}
	slices.SortStableFunc(list, func(a, b Setting) int { return cmp.Compare(order[group(a)], order[group(b)]) })
	return list
}

// split cuts a key into its table and its name.
func split(key string) (table, name string) {
	i := strings.LastIndexByte(key, '.')
	if i < 0 {
		return "", key
	}
	return key[:i], key[i+1:]
}

// exampleOf is a value for a setting that has no default.
func exampleOf(f *Field) string {
	switch {
	case f.Default != "" && (f.typ.Kind() == reflect.Int):
		return f.Default
	case f.Default != "":
		return quoteText(f.Default)
	case f.IsMap():
		return ""
	case f.typ.Kind() == reflect.Bool:
		return "false"
	case f.typ.Kind() == reflect.Int, f.typ == reflect.TypeFor[Size]():
		return "0"
	case f.typ.Kind() == reflect.Slice:
		return "[]"
	default:
		return `""`
	}
}

// WriteExample writes a file in which every setting stands, with its words and
// its default, as a comment.
func WriteExample(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Settings of vidjil. What is commented out has its default.\n")
	fields, sections := walk(reflect.TypeFor[Config](), "", nil)
	write := func(prefix string) {
		for i := range fields {
			f := &fields[i]
			if table, name := split(f.Key); table == prefix && !f.IsMap() {
				fmt.Fprintf(&b, "\n%s# %s = %s\n", comment(f.Doc), name, exampleOf(f))
			}
		}
	}
	tables := func(prefix string) {
		for i := range fields {
			if table, _ := split(fields[i].Key); table == prefix && fields[i].IsMap() {
				fmt.Fprintf(&b, "\n%s# [%s]\n# name = \"…\"\n", comment(fields[i].Doc), fields[i].Key)
			}
		}
	}
	write("")
	tables("")
	for _, s := range sections {
		fmt.Fprintf(&b, "\n\n%s[%s]\n", comment(s.doc), s.key)
		write(s.key)
		tables(s.key)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// comment writes text as lines of a comment.
func comment(text string) string {
	var b strings.Builder
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 100 {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	return b.String() + line + "\n"
}

// WriteReference writes the page about all settings, as Markdown.
func WriteReference(w io.Writer) error {
	var b strings.Builder
	b.WriteString(referenceHead)
	fields, sections := walk(reflect.TypeFor[Config](), "", nil)
	page := func(prefix string) {
		b.WriteString("\n| setting | default | what |\n|---|---|---|\n")
		for i := range fields {
			if table, _ := split(fields[i].Key); table == prefix {
				fields[i].writeRow(&b)
			}
		}
	}
	b.WriteString("\n## General\n")
	page("")
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", s.key, s.doc)
		if slices.ContainsFunc(fields, func(f Field) bool { table, _ := split(f.Key); return table == s.key }) {
			page(s.key)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *Field) writeRow(b *strings.Builder) {
	cell := strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`)
	by := "`" + f.Default + "`"
	if f.Default == "" {
		by = strings.Trim(exampleOf(f), `"[]`)
		if by != "" {
			by = "`" + by + "`"
		}
	}
	words := cell.Replace(f.Doc) + " *" + f.Kind() + "*"
	if f.typ.Kind() == reflect.Slice && len(f.Values) > 0 {
		words += " of `" + strings.Join(f.Values, "`, `") + "`"
	}
	var also []string
	if f.Flag != "" {
		also = append(also, "`--"+f.Flag+"`")
	}
	if f.Secret != "" {
		also = append(also, "secret: `"+f.Env()+"_FILE`, credential `"+f.Key+"`")
	}
	if also != nil {
		words += "; " + strings.Join(also, "; ")
	}
	fmt.Fprintf(b, "| `%s` | %s | %s |\n", f.Key, cell.Replace(by), words)
}

const referenceHead = `# Settings

<!-- Code generated by "vidjil config reference"; DO NOT EDIT. -->

A value comes from the last of these that gives one:

1. the default;
2. a TOML file: the one of ` + "`--config FILE` or `VIDJIL_CONFIG`, else `vidjil.toml`" + ` in the data directory when it is there;
3. for secrets, a credential of systemd (` + "`LoadCredential=mail.password:/etc/vidjil/mail-password`" + `);
4. the environment: ` + "`VIDJIL_`, the name in capitals, two underscores for each dot: `VIDJIL_HTTP__ADDR`" + ` is ` + "`http.addr`" + `.
   Lists are separated by commas. With ` + "`_FILE`" + ` behind the name of a secret, the variable names a file that holds it;
5. options of the command line.

` + "`vidjil config example`" + ` writes a file to begin with, ` + "`vidjil config show`" + ` tells every value in effect and where it comes
from, ` + "`vidjil config check`" + ` lists everything that is wrong. A name that is not known is an error, not ignored.
File names in a file are relative to that file. Times are written as ` + "`90s`, `15m`, `12h`, `30d` or `off`, sizes as `500MB` or `20GiB`" + `.
`
