package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// generatedFor is how long a generated certificate is good: browsers refuse
// longer ones than 398 days from authorities, not self-signed ones, which
// people accept by hand once.
const generatedFor = 5 * 365 * 24 * time.Hour

// selfSigned is the generated certificate, which is kept until a month before
// its end.
func (s *server) selfSigned(now time.Time) (*tls.Certificate, error) {
	dir := filepath.Join(s.Settings.Data, "tls")
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if errors.Is(err, fs.ErrNotExist) || err == nil && cert.Leaf.NotAfter.Before(now.AddDate(0, 1, 0)) {
		if err := generate(certFile, keyFile, s.names(), now); err != nil {
			return nil, err
		}
		cert, err = tls.LoadX509KeyPair(certFile, keyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("load generated certificate: %w", err)
	}
	s.Say("TLS with the generated certificate %s\n  SHA-256 fingerprint %s", certFile, fingerprint(cert.Certificate[0]))
	return &cert, nil
}

// names are those that people may reach the server by.
func (s *server) names() []string {
	list := []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil {
		list = append(list, name)
	}
	if host, _, err := net.SplitHostPort(s.Settings.HTTP.Addr); err == nil {
		list = append(list, host)
	}
	if u, err := url.Parse(s.Settings.HTTP.PublicURL); err == nil {
		list = append(list, u.Hostname())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// fingerprint is how browsers show that of a certificate.
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	text := strings.ToUpper(hex.EncodeToString(sum[:]))
	var b strings.Builder
	for i := 0; i < len(text); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(text[i : i+2])
	}
	return b.String()
}

// generate writes a self-signed certificate and its key.
func generate(certFile, keyFile string, names []string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "vidjil"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(generatedFor),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil && !ip.IsUnspecified() {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if ip == nil && name != "" {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	// The key first: a certificate without its key would be kept as it is.
	if err := writePEM(keyFile, "PRIVATE KEY", keyDER); err != nil {
		return err
	}
	return writePEM(certFile, "CERTIFICATE", der)
}

func writePEM(name, kind string, der []byte) error {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(name, text, 0o600); err != nil {
		return lab.Errorf(lab.Unwritable, "write %s: %w", name, err)
	}
	return nil
}
