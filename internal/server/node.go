package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// nodeFile keeps the name of this server beside the uploads that it gathers: the
// name belongs to their bytes, not to the machine.
const nodeFile = "node"

var nodeForm = regexp.MustCompile(`^[a-z0-9]{8,16}$`)

// nodeName reads the name of the server that gathers uploads in a folder, and
// gives it one when it has none.
func nodeName(dir string) (string, error) {
	file := filepath.Join(dir, nodeFile)
	data, err := os.ReadFile(file)
	if name := string(bytes.TrimSpace(data)); err == nil && nodeForm.MatchString(name) {
		return name, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read name of this server: %w", err)
	}
	name := strings.ToLower(rand.Text()[:10])
	if err := os.WriteFile(file, []byte(name+"\n"), 0o600); err != nil {
		return "", lab.Errorf(lab.Unwritable, "write name of this server: %w", err)
	}
	return name, nil
}

// hopHeader goes with a request that one server passes on to another, with the
// name of the first. Such a request is not passed on again: node_url would lead
// back to a balancer, and requests would go round.
const hopHeader = "Vidjil-Passed-On"

// others pass requests of uploads on to the servers that gather them.
type others struct {
	uses      *service.Service
	base      string // path below which all servers of the database are
	secure    bool   // people come by https
	refuse    func(w http.ResponseWriter, r *http.Request, status int, err error)
	transport *http.Transport
	log       *slog.Logger
}

// peerTransport connects to other servers of this database. Addresses are the
// administrator's, and no proxy of the environment stands between.
func peerTransport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 16, DisableCompression: true,
	}
}

// elsewhere is what answers for an upload, nil when this server gathers it.
func (o *others) elsewhere(ctx context.Context, id string) (http.Handler, error) {
	node, known, elsewhere, err := o.uses.NodeOf(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case !elsewhere:
		return nil, nil //nolint:nilnil // no handler, as it says
	case !known:
		return nil, lab.Errorf(lab.NotFound, "the server at which this upload began is gone; send the file again")
	case node.URL == "":
		return nil, lab.Errorf(lab.Unavailable, "this upload began at another server, which does not say how it is reached: set http.node_url on each, or have the balancer keep uploads on one")
	}
	target, err := url.Parse(node.URL)
	if err != nil {
		return nil, fmt.Errorf("address of server %s: %w", node.Name, err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { o.pass(w, r, target) }), nil
}

// pass lets another server answer a request, which asks about everything anew:
// who sends it, and with which right.
func (o *others) pass(w http.ResponseWriter, r *http.Request, target *url.URL) {
	if r.Header.Get(hopHeader) != "" {
		err := lab.Errorf(lab.Unavailable, "http.node_url of a server does not lead to it: %s", target.Redacted())
		o.refuse(w, r, http.StatusServiceUnavailable, err)
		return
	}
	proxy := httputil.ReverseProxy{
		Transport: o.transport,
		ErrorLog:  slog.NewLogLogger(o.log.Handler(), slog.LevelDebug),
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = target.Scheme, target.Host
			p.Out.URL.Path, p.Out.URL.RawPath = o.base+p.In.URL.Path, ""
			p.Out.Host = p.In.Host // by which the other tells requests of other sites
			p.SetXForwarded()
			if o.secure {
				p.Out.Header.Set("X-Forwarded-Proto", "https")
			}
			p.Out.Header.Set(hopHeader, o.uses.Node.Name)
		},
		ModifyResponse: func(res *http.Response) error {
			for name := range w.Header() {
				res.Header.Del(name) // we have said it already: safety, the id of the request
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil {
				return // its sender is gone
			}
			o.refuse(w, r, http.StatusServiceUnavailable, &lab.Error{
				Code: lab.Unavailable, Msg: "the server at which this upload began does not answer; the upload goes on when it does", Err: err,
			})
		},
	}
	proxy.ServeHTTP(w, r)
}
