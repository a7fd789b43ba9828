package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// filesEvery is the time between two looks at the certificate's files. Reading
// two small files is cheaper than to be told of changes, and sees those of links
// and of mounted secrets too.
const filesEvery = 10 * time.Second

// files are a certificate and its key in files, which somebody renews. Safe for
// concurrent use.
type files struct {
	cert, key string
	log       *slog.Logger
	current   atomic.Pointer[tls.Certificate]
	seen      []byte // digest of what was read last
	cancel    context.CancelFunc
	ended     chan struct{}
}

// openFiles reads the files for the first time.
func openFiles(cert, key string, log *slog.Logger) (*files, error) {
	f := &files{cert: cert, key: key, log: log}
	if _, err := f.read(); err != nil {
		return nil, err
	}
	return f, nil
}

// read reads the files, and tells whether they are others than the last time.
// With an error the certificate stays what it was.
func (f *files) read() (changed bool, err error) {
	cert, err := os.ReadFile(f.cert)
	key, keyErr := os.ReadFile(f.key)
	digest := sha256.New()
	digest.Write(cert)
	digest.Write([]byte{0})
	digest.Write(key)
	sum := digest.Sum(nil)
	if bytes.Equal(sum, f.seen) {
		return false, nil
	}
	f.seen = sum
	for _, err := range []error{err, keyErr} {
		if err != nil {
			return true, lab.Errorf(lab.Invalid, "TLS certificate: %w", err)
		}
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return true, lab.Errorf(lab.Invalid, "TLS certificate %s with key %s: %w", f.cert, f.key, err)
	}
	f.current.Store(&pair)
	return true, nil
}

// look reads the files again when they have changed, and says what came of it.
func (f *files) look(ctx context.Context) {
	switch changed, err := f.read(); {
	case err != nil:
		f.log.ErrorContext(ctx, "the changed certificate is no good; the old one stays in use", "error", err)
	case changed:
		leaf := f.current.Load().Leaf
		f.log.InfoContext(ctx, "certificate read again", "not_after", leaf.NotAfter, "fingerprint", fingerprint(leaf.Raw))
	}
}

func (f *files) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.current.Load(), nil
}

func (f *files) start(ctx context.Context) error {
	ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	f.ended = make(chan struct{})
	go func() {
		defer close(f.ended)
		tick := time.NewTicker(filesEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				f.look(ctx)
			}
		}
	}()
	return nil
}

func (f *files) answer(next http.Handler) http.Handler { return next }

func (f *files) stop() {
	if f.cancel != nil {
		f.cancel()
		<-f.ended
	}
}
