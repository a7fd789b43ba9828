package service

// Notices are texts of an administrator for everybody who opens the pages; ""
// is none.
type Notices struct {
	Hosting    string // who runs the server and under which rules
	Alert      string // a warning, above every page
	Healthcare string // about health data, in the place of the program's own words
	Support    string // address that people may write to for help
}

// Site is what the server says to everybody, and what its pages offer.
type Site struct {
	Notices
	Tools          []string // of other sites; nil is all
	PublicAnalysis bool     // for people who are not signed in
}

// Site is open to everybody: it is what an administrator wrote to be read.
func (s *Service) Site() Site {
	site := Site{Notices: s.Notices, Tools: s.Tools, PublicAnalysis: !s.NoPublicAnalysis}
	if s.Healthcare {
		site.Tools = []string{}
	}
	return site
}
