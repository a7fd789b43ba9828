package cli

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
)

type healthOptions struct {
	file    configFile
	timeout time.Duration
}

func newHealthCommand(s *streams) *cobra.Command {
	var o healthOptions
	cmd := &cobra.Command{
		Use:     "health",
		GroupID: groupServer,
		Short:   "Ask the server of this machine whether it is well",
		Long: `Asks the server that runs on this machine with the same settings whether it is
well, and says so. It is made for what watches a container or a service: it
needs no other program, no account and no certificate.

The exit status is 0 when the server is well, 6 when it answers that it is not,
and 7 when it does not answer in time.`,
		Example: `  vidjil health --config /etc/vidjil/vidjil.toml
  vidjil health --addr 127.0.0.1:8080 --timeout 2s`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, s) },
	}
	section(cmd, "Server", func(f *pflag.FlagSet) {
		f.String("data", "", "the server's data `DIR`ectory")
		o.file.addFlags(f)
		f.String("addr", config.Config{}.WithDefaults().HTTP.Addr, "`HOST:PORT` that the server listens on")
		f.String("socket", "", "unix socket that the server listens on: a `FILE`")
		f.String("tls", "auto", "`MODE` of the server: auto, off, files, self-signed or acme")
		f.DurationVar(&o.timeout, "timeout", 5*time.Second, "`TIME` within which it must have answered")
	})
	return cmd
}

func (o *healthOptions) run(cmd *cobra.Command, s *streams) error {
	if o.timeout <= 0 {
		return lab.Errorf(lab.Usage, "--timeout %s: it must be more than nothing", o.timeout)
	}
	settings, err := o.file.load(cmd)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), o.timeout)
	defer cancel()
	return askHealth(ctx, &settings.Config, s.out)
}

// askHealth asks the server of the settings, and prints what it says.
func askHealth(ctx context.Context, c *config.Config, out io.Writer) error {
	address, transport, err := nearServer(c)
	if err != nil {
		return err
	}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return lab.Errorf(lab.Usage, "ask %s: %w", address, err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return lab.Errorf(lab.Unreachable, "the server does not answer at %s: %w", address, err)
	}
	defer resp.Body.Close()
	const enough = 4 << 10
	body, err := io.ReadAll(io.LimitReader(resp.Body, enough))
	if err != nil {
		return lab.Errorf(lab.Unreachable, "read the answer of %s: %w", address, err)
	}
	if _, err := out.Write(body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return lab.Errorf(lab.Problems, "the server is not well: it answers %s", resp.Status)
	}
	return nil
}

// nearServer is the address at which the server of the settings tells whether it
// is well, as this machine reaches it, and the way there.
func nearServer(c *config.Config) (string, *http.Transport, error) {
	transport := &http.Transport{DisableKeepAlives: true}
	scheme := "https"
	if c.TLSMode() == config.TLSOff {
		scheme = "http"
	}
	// The certificate is for the name that people use, not for this way, and
	// nothing secret is said or asked.
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12} //nolint:gosec // see above
	if socket := c.HTTP.Socket; socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}
		return scheme + "://localhost/healthz", transport, nil
	}
	host, port, err := net.SplitHostPort(c.HTTP.Addr)
	if err != nil {
		return "", nil, lab.Errorf(lab.Invalid, "http.addr %s: %w", c.HTTP.Addr, err)
	}
	if port == "0" {
		return "", nil, lab.Errorf(lab.Usage, "http.addr %s: the server took a free port: say which one (--addr)", c.HTTP.Addr)
	}
	// Addresses, as a container may not know the name of this machine.
	switch ip := net.ParseIP(host); {
	case host == "", ip.Equal(net.IPv4zero):
		host = "127.0.0.1"
	case ip.Equal(net.IPv6unspecified):
		host = "::1"
	}
	if scheme == "https" && c.TLSMode() == config.TLSACME {
		// Such a server has a certificate for its names only.
		transport.TLSClientConfig.ServerName = c.TLS.ACME.Domains[0]
	}
	u := url.URL{Scheme: scheme, Host: net.JoinHostPort(host, port), Path: "/healthz"}
	return u.String(), transport, nil
}
