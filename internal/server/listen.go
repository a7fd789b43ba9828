package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
)

// doors are what the server listens on.
type doors struct {
	main         net.Listener
	redirect     net.Listener // nil for none
	certificates certificates
}

// certificates keep the certificate of a server good while it runs.
type certificates interface {
	// start begins to look after it.
	start(ctx context.Context) error
	// answer answers an authority's question over plain HTTP, if it is one.
	answer(next http.Handler) http.Handler
	// stop ends looking after it.
	stop()
}

// unattended are certificates that nobody looks after.
type unattended struct{}

func (unattended) start(context.Context) error           { return nil }
func (unattended) answer(next http.Handler) http.Handler { return next }
func (unattended) stop()                                 {}

// close closes what is still open.
func (d *doors) close() error {
	d.certificates.stop()
	var errs []error
	for _, l := range []net.Listener{d.main, d.redirect} {
		if l != nil {
			if err := l.Close(); !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// listen opens the addresses, with TLS where it must be.
func (s *server) listen(ctx context.Context) (_ *doors, err error) {
	d := &doors{certificates: unattended{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	h := s.Settings.HTTP
	if h.Socket != "" {
		d.main, err = listenSocket(ctx, h.Socket, fs.FileMode(h.SocketPerm()))
	} else {
		d.main, err = listenTCP(ctx, h.Addr)
	}
	if err != nil {
		return nil, err
	}
	if h.RedirectAddr != "" {
		if d.redirect, err = listenTCP(ctx, h.RedirectAddr); err != nil {
			return nil, err
		}
	}
	if s.mode == config.TLSOff {
		return d, nil
	}
	c, certificates, err := s.certify(d)
	if err != nil {
		return nil, err
	}
	d.certificates = certificates
	s.ends.observe(c)
	c.MinVersion = tls.VersionTLS12
	c.NextProtos = append([]string{"h2", "http/1.1"}, c.NextProtos...)
	d.main = tls.NewListener(d.main, c)
	return d, nil
}

// certify gives TLS its certificate, by the mode.
func (s *server) certify(d *doors) (*tls.Config, certificates, error) {
	switch s.mode {
	case config.TLSFiles:
		f, err := openFiles(s.Settings.TLS.Cert, s.Settings.TLS.Key, s.Log)
		if err != nil {
			return nil, nil, err
		}
		return &tls.Config{GetCertificate: f.certificate}, f, nil
	case config.TLSACME:
		a, err := s.openACME(d)
		if err != nil {
			return nil, nil, err
		}
		return a.tlsConfig(), a, nil
	default:
		cert, err := s.selfSigned(time.Now())
		if err != nil {
			return nil, nil, err
		}
		return &tls.Config{Certificates: []tls.Certificate{*cert}}, unattended{}, nil
	}
}

func listenTCP(ctx context.Context, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, lab.Errorf(lab.Unwritable, "listen on %s: %w", addr, err)
	}
	return l, nil
}

// listenSocket listens on a unix socket. One that a server left behind which was
// killed is replaced; one that answers is not.
func listenSocket(ctx context.Context, name string, mode fs.FileMode) (net.Listener, error) {
	if info, err := os.Lstat(name); err == nil {
		if info.Mode().Type() != fs.ModeSocket {
			return nil, lab.Errorf(lab.Unwritable, "listen on %s: there is a file, and it is no socket", name)
		}
		if c, err := new(net.Dialer).DialContext(ctx, "unix", name); err == nil {
			return nil, errors.Join(lab.Errorf(lab.Conflict, "listen on %s: another server listens there", name), c.Close())
		}
		if err := os.Remove(name); err != nil {
			return nil, lab.Errorf(lab.Unwritable, "listen on %s: %w", name, err)
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", name)
	if err != nil {
		return nil, lab.Errorf(lab.Unwritable, "listen on %s: %w", name, err)
	}
	if err := os.Chmod(name, mode); err != nil {
		return nil, errors.Join(lab.Errorf(lab.Unwritable, "listen on %s: %w", name, err), l.Close())
	}
	return l, nil
}

// hsts is the header that keeps browsers from coming without TLS; "" for none. A
// certificate that nobody vouches for must stay something that people can leave.
func (s *server) hsts() string {
	d := s.Settings.TLS.HSTS.D()
	if !s.secure || d == 0 || s.mode == config.TLSSelfSigned {
		return ""
	}
	return fmt.Sprintf("max-age=%d", int64(d/time.Second))
}

// redirect sends who comes without TLS to the server's address with it: to our
// own name, whatever name the request has.
func (s *server) redirect(c certificates) http.Handler {
	origin := strings.TrimSuffix(s.url, s.Settings.HTTP.Base())
	return headers("", c.answer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		http.Redirect(w, r, origin+ownPath(r.URL), http.StatusPermanentRedirect) //nolint:gosec // to our own name
	})))
}
