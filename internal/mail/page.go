package mail

import (
	"html/template"
	"strings"
)

// page is a letter in the words of a language, before it is text and HTML.
type page struct {
	Subject string
	Hello   string
	Text    string // one paragraph
	Items   []item
	Link    string
	Button  string // what stands on the link
	Note    string // a paragraph after it, "" for none
	Why     string // the small print; its link is Account
	Account string
	Sign    string
	Colon   string
}

// item is a line of a list.
type item struct{ Text, Link string }

// Write writes a letter in a language, "en" or "fr". Account is the link to the
// page where people choose which mails they get.
func Write(l Letter, language, account string) (subject, text, html string) {
	w := in(language)
	p := l.page(w)
	p.Hello, p.Sign, p.Colon = w.greeting, w.signature, w.colon
	switch l.(type) {
	case Jobs, Followed, Digest:
		p.Why, p.Account = w.why, account
	case Disk, Faults:
		p.Why, p.Account = w.whyAdmin, account
	}
	return p.Subject, p.plain(), p.html()
}

func (s said) page(link string) page {
	return page{Subject: s.subject, Text: s.text, Link: link, Button: s.link}
}

func (l Invite) page(w *words) page { return w.invite(l.Days).page(l.Link) }

func (l Reset) page(w *words) page {
	p := w.reset(l.Minutes).page(l.Link)
	p.Note = w.ignore
	return p
}

func (l Locked) page(w *words) page { return w.locked(l.Failures, moment(l.Until)).page(l.Link) }

func (l Identity) page(w *words) page { return w.identity(l.Provider, l.Added).page(l.Link) }

func (l Jobs) page(w *words) page {
	p := w.jobs(l.Total).page(l.Link)
	for _, j := range l.Failed {
		p.Items = append(p.Items, item{w.job(j.What, j.ID), j.Link})
	}
	if n := l.Total - len(l.Failed); n > 0 {
		p.Items = append(p.Items, item{Text: w.more(n)})
	}
	return p
}

func (l Followed) page(w *words) page {
	p := w.followed(len(l.Sets)).page(l.Link)
	for _, s := range l.Sets {
		p.Items = append(p.Items, item{w.newInSet(s.What, s.ID, s.Samples, s.Results), s.Link})
	}
	return p
}

func (l Digest) page(w *words) page {
	p := w.digest(l.Day).page(l.Link)
	for _, x := range []struct {
		n   int64
		say func(int64) string
	}{{l.Samples, w.samples}, {l.Results, w.results}, {l.Failed, w.failed}} {
		if x.n > 0 {
			p.Items = append(p.Items, item{Text: x.say(x.n)})
		}
	}
	if len(p.Items) == 0 {
		p.Items = []item{{Text: w.quiet}}
	}
	if l.Server != nil {
		free := ""
		if l.Server.Free >= 0 {
			free = w.size(l.Server.Free)
		}
		for _, text := range w.serverDay(l.Server, free) {
			p.Items = append(p.Items, item{Text: text})
		}
	}
	return p
}

func (l Export) page(w *words) page { return w.export(w.size(l.Bytes), moment(l.Until)).page(l.Link) }

func (l Disk) page(w *words) page { return w.disk(w.size(l.Free)).page(l.Link) }

func (l Faults) page(w *words) page {
	p := w.faults(l.Total, moment(l.Since)).page(l.Link)
	for _, id := range l.Requests {
		p.Items = append(p.Items, item{Text: w.request(id)})
	}
	for _, id := range l.Jobs {
		p.Items = append(p.Items, item{Text: w.someJob(id)})
	}
	if n := l.Total - len(p.Items); n > 0 {
		p.Items = append(p.Items, item{Text: w.more(n)})
	}
	return p
}

func (l Backup) page(w *words) page {
	last := ""
	if !l.Last.IsZero() {
		last = moment(l.Last)
	}
	return w.backup(moment(l.Tried), last).page(l.Link)
}

func (l Test) page(w *words) page { return w.test.page(l.Link) }

// plain is the page as text.
func (p *page) plain() string {
	var b strings.Builder
	b.WriteString(p.Hello + "\n\n" + p.Text + "\n")
	for i, it := range p.Items {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString("- " + it.Text + "\n")
		if it.Link != "" {
			b.WriteString("  " + it.Link + "\n")
		}
	}
	b.WriteString("\n" + p.Button + p.Colon + "\n" + p.Link + "\n")
	if p.Note != "" {
		b.WriteString("\n" + p.Note + "\n")
	}
	// The line before a signature is two hyphens and a space (RFC 3676 §4.3).
	b.WriteString("\n-- \n" + p.Sign + "\n")
	if p.Why != "" {
		b.WriteString(p.Why + "\n" + p.Account + "\n")
	}
	return b.String()
}

// layout is the same for all mails. Styles stand in the elements: mail programs
// take no others. There is nothing to load, so that opening a mail tells nobody.
const layout = `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:24px;background:#f6f7f9;font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-size:16px;line-height:1.5;color:#1c2733">
<div style="max-width:560px;margin:0 auto;padding:24px 28px;background:#ffffff;border:1px solid #dde2e8;border-radius:8px">
<p style="margin:0 0 16px">{{.Hello}}</p>
<p style="margin:0 0 16px">{{.Text}}</p>
{{- if .Items}}
<ul style="margin:0 0 16px;padding-left:20px">
{{- range .Items}}
<li style="margin:4px 0">{{if .Link}}<a href="{{.Link}}" style="color:#0b6bb8">{{.Text}}</a>{{else}}{{.Text}}{{end}}</li>
{{- end}}
</ul>
{{- end}}
<p style="margin:20px 0"><a href="{{.Link}}" style="display:inline-block;padding:10px 18px;background:#0b6bb8;color:#ffffff;text-decoration:none;border-radius:6px">{{.Button}}</a></p>
{{- if .Note}}
<p style="margin:0 0 16px">{{.Note}}</p>
{{- end}}
<p style="margin:16px 0 0;color:#5b6875;font-size:13px">{{.Sign}}{{if .Why}}<br>{{.Why}} <a href="{{.Account}}" style="color:#5b6875">{{.Account}}</a>{{end}}</p>
</div></body></html>
`

func (p *page) html() string {
	t := template.Must(template.New("mail").Parse(layout)) // a constant
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		panic(err) // a strings.Builder takes all, and the fields are texts
	}
	return b.String()
}
