package cli

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
)

// The variables that take the place of options of the same meaning.
const (
	envServer    = "VIDJIL_SERVER"
	envTokenFile = "VIDJIL_TOKEN_FILE" //nolint:gosec // the name of a variable
)

// remoteOptions say which server is meant, and who asks.
type remoteOptions struct{ server, tokenFile, ca string }

func (o *remoteOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.server, "server", "", "`URL` of the server; default is $VIDJIL_SERVER")
	f.StringVar(&o.tokenFile, "token-file", "", "`FILE` with an API token, with the scopes read, write and upload; default is $VIDJIL_TOKEN_FILE")
	f.StringVar(&o.ca, "ca", "", "`FILE` with the certificate of the server, PEM, when no authority has signed it")
}

// open makes a client of the server. A token is read from a file, as arguments
// can be read by everybody on the machine.
func (o *remoteOptions) open() (*client.Client, error) {
	server, tokenFile := cmp.Or(o.server, os.Getenv(envServer)), cmp.Or(o.tokenFile, os.Getenv(envTokenFile))
	switch {
	case server == "":
		return nil, lab.Errorf(lab.Usage, "--server is missing: the URL of the server")
	case tokenFile == "":
		return nil, lab.Errorf(lab.Usage, "--token-file is missing: a file with an API token, which the page of your account makes")
	}
	token, err := os.ReadFile(tokenFile) //nolint:gosec // which file is for the person to say
	if err != nil {
		return nil, readError(tokenFile, err)
	}
	h := &http.Client{}
	if o.ca != "" {
		pem, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, readError(o.ca, err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, lab.Errorf(lab.Invalid, "read %s: it holds no certificate in PEM", o.ca)
		}
		h.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	}
	c, err := client.New(client.Options{URL: server, Token: strings.TrimSpace(string(token)), HTTP: h})
	if err != nil {
		return nil, lab.Errorf(lab.Usage, "%w", err)
	}
	return c, nil
}

// remoteError gives an error of a server the code of the command line.
func remoteError(err error) error {
	if err == nil {
		return nil
	}
	if p, ok := errors.AsType[*client.Problem](err); ok {
		lines := []string{p.Detail}
		for _, f := range p.Errors[min(1, len(p.Errors)):] { // the detail has the first
			lines = append(lines, f.Field+": "+f.Message)
		}
		return &lab.Error{Code: codeOfProblem(p), Msg: strings.Join(lines, "\n  "), Err: err}
	}
	if code := lab.CodeOf(err); code != lab.Internal {
		return err
	}
	return lab.Errorf(lab.Unreachable, "the server cannot be reached: %w", err)
}

// codeOfProblem maps codes of the API, which are lab's, to those that have an exit
// status.
func codeOfProblem(p *client.Problem) lab.Code {
	switch code := lab.Code(p.Code); code {
	case lab.TooLarge:
		return lab.Invalid
	case lab.Stale:
		return lab.Conflict
	case lab.Unavailable, lab.TooMany, lab.Internal, "":
		return lab.Unreachable
	default:
		return code
	}
}
