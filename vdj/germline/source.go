package germline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Source is a place from which germline genes can be fetched.
type Source struct {
	Key     string // what the user names: "ogrdb-human-igh"
	Title   string // what it gives
	URL     string
	File    string // name under which it is stored
	Licence string // key of Licences
}

// LicenceTerms are what a user accepts before a file is fetched.
type LicenceTerms struct {
	Key  string
	Text string // one paragraph, shown before the question
	URL  string // where the owner says so
}

// Licences lists the terms that sources come under.
func Licences() []LicenceTerms {
	return []LicenceTerms{
		{
			Key: "cc0",
			Text: "AIRR Community germline sets, published on OGRDB under CC0: free for any use. " +
				"Please cite Collins et al. (2024) and Lees et al. (2020) when you publish results.",
			URL: "https://ogrdb.airr-community.org/",
		},
		{
			Key: "imgt",
			Text: "IMGT/GENE-DB, owned by IMGT, the international ImMunoGeneTics information system. Free for " +
				"academic research with citation of IMGT; commercial use needs an agreement with IMGT.",
			URL: "https://www.imgt.org/about/termsofuse.php",
		},
		{
			Key: "vidjil-imgt",
			Text: "Germline files prepared by the Vidjil team from IMGT/GENE-DB and NCBI records. What comes from " +
				"IMGT stays under IMGT's terms: free for academic research with citation, commercial use needs an " +
				"agreement with IMGT.",
			URL: "https://www.vidjil.org/germlines/",
		},
	}
}

// Sources lists the places known to the program, each with its licence.
func Sources() []Source {
	const ogrdb = "https://ogrdb.airr-community.org/api/germline/set/Human/"
	return []Source{
		{"ogrdb-human-igh", "human IGH V, D and J, AIRR Community set", ogrdb + "IGH_VDJ/published/airr_ex", "human_IGH.json", "cc0"},
		{"ogrdb-human-igk", "human IGK V and J, AIRR Community set", ogrdb + "IGKappa_VJ/published/airr_ex", "human_IGK.json", "cc0"},
		{"ogrdb-human-igl", "human IGL V and J, AIRR Community set", ogrdb + "IGLambda_VJ/published/airr_ex", "human_IGL.json", "cc0"},
		{
			"imgt-genedb", "all species and loci, F, ORF and in-frame P, gapped FASTA",
			"https://www.imgt.org/download/GENE-DB/IMGTGENE-DB-ReferenceSequences.fasta-nt-WithGaps-F+ORF+inframeP",
			"imgt-genedb.fasta", "imgt",
		},
		{
			"vidjil-2021-01-21", "the presets' FASTA files for human, mouse and others, an archive to unpack",
			"https://www.vidjil.org/germlines/germline-2021-01-21.tar.gz", "germline-2021-01-21.tar.gz", "vidjil-imgt",
		},
	}
}

// FindSource returns the source of that key.
func FindSource(key string) (Source, error) {
	keys := []string{}
	for _, s := range Sources() {
		if s.Key == key {
			return s, nil
		}
		keys = append(keys, s.Key)
	}
	return Source{}, fmt.Errorf("germline source %q: the known sources are %s", key, strings.Join(keys, ", "))
}

// Terms returns the licence of a source.
func (s Source) Terms() (LicenceTerms, error) {
	for _, l := range Licences() {
		if l.Key == s.Licence {
			return l, nil
		}
	}
	return LicenceTerms{}, fmt.Errorf("germline source %s: no licence %q", s.Key, s.Licence)
}

// Errors that callers of [Fetch] tell apart.
var (
	ErrNotAccepted = errors.New("licence not accepted")
	ErrOffline     = errors.New("the site cannot be reached; fetch the file on a connected machine and import it")
)

// Limits of a fetch.
const (
	fetchTimeout = 5 * time.Minute // for the whole of it, unless the context ends sooner
	fetchMax     = maxFile
)

// Fetch downloads a source into directory dst and returns the path of the file.
// Without accept it returns [ErrNotAccepted] and touches nothing: show the
// terms, ask, then call again. The file appears whole or not at all. When the
// site cannot be reached the error is [ErrOffline] with its cause.
func Fetch(ctx context.Context, client *http.Client, source Source, accept bool, dst string) (string, error) {
	if _, err := source.Terms(); err != nil {
		return "", err
	}
	if !accept {
		return "", fmt.Errorf("fetch %s: %w", source.Key, ErrNotAccepted)
	}
	path, err := fetch(ctx, client, source, dst)
	if err != nil {
		return "", fmt.Errorf("fetch %s from %s: %w", source.Key, source.URL, err)
	}
	return path, nil
}

func fetch(ctx context.Context, client *http.Client, source Source, dst string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, fetchTimeout, errors.New("no complete answer within "+fetchTimeout.String()))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, source.URL, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", unreachable(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the site answers %s", resp.Status)
	}
	// A login or error page answered with 200 is not a reference.
	if t := resp.Header.Get("Content-Type"); strings.HasPrefix(t, "text/html") {
		return "", fmt.Errorf("the site answers a web page (%s), not data", t)
	}
	if resp.ContentLength > fetchMax {
		return "", errTooLarge
	}
	if err := os.MkdirAll(dst, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dst, source.File)
	body := &boundedReader{r: resp.Body, left: fetchMax}
	if err := writeFile(path, body); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return "", cause
		}
		return "", err
	}
	return path, nil
}

// unreachable tells failures of name lookup and connection from others.
func unreachable(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var dns *net.DNSError
	var op *net.OpError
	if errors.As(err, &dns) || errors.As(err, &op) {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return fmt.Errorf("%w (%w)", ErrOffline, err)
	}
	return err
}

// boundedReader fails, rather than ends, at its limit: a file cut short would
// be taken for a whole one.
type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
