// Package slapdtest gives tests a real OpenLDAP server: Debian's slapd, run by
// whoever runs the test on a free port of this machine, with a small laboratory
// in it and a certificate of an authority of its own. It is for tests only.
package slapdtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The laboratory. Passwords of people are their uid and "-password".
const (
	Base     = "dc=lab,dc=test"
	Root     = "cn=root," + Base
	Password = "root-password"
)

// Server is a running slapd.
type Server struct {
	URL       string // ldap://127.0.0.1:PORT
	SecureURL string // ldaps://127.0.0.1:PORT
	CAFile    string // certificate of the authority, PEM

	t       testing.TB
	dir     string
	process *exec.Cmd
}

// laboratory is who is there: three people, one of them in no group, one with a
// name that filters must escape, and groups in groups.
const laboratory = `dn: dc=lab,dc=test
objectClass: dcObject
objectClass: organization
o: Laboratory
dc: lab

dn: ou=people,dc=lab,dc=test
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=lab,dc=test
objectClass: organizationalUnit
ou: groups
%s
dn: cn=haematology,ou=groups,dc=lab,dc=test
objectClass: groupOfNames
cn: haematology
member: uid=ada,ou=people,dc=lab,dc=test
member: uid=bob,ou=people,dc=lab,dc=test

dn: cn=hospital,ou=groups,dc=lab,dc=test
objectClass: groupOfNames
cn: hospital
member: cn=haematology,ou=groups,dc=lab,dc=test

dn: cn=chiefs,ou=groups,dc=lab,dc=test
objectClass: groupOfNames
cn: chiefs
member: uid=bob,ou=people,dc=lab,dc=test

dn: cn=circle,ou=groups,dc=lab,dc=test
objectClass: groupOfNames
cn: circle
member: cn=hospital,ou=groups,dc=lab,dc=test
member: cn=circle,ou=groups,dc=lab,dc=test
`

func person(uid, name string) string {
	return fmt.Sprintf("\ndn: uid=%s,ou=people,%s\nobjectClass: inetOrgPerson\nuid: %s\ncn: %s\nsn: %s\nmail: %s@Lab.test\nuserPassword: %s-password\n",
		strings.ReplaceAll(uid, "*", "\\2a"), Base, uid, name, name, strings.ReplaceAll(uid, "*", "star"), uid)
}

// Start starts a server that ends with the test. Without slapd the test is
// skipped with the reason, unless VIDJIL_TEST_ALL is set: then it fails.
func Start(t testing.TB) *Server {
	t.Helper()
	for _, name := range []string{"slapd", "slapadd"} {
		if _, err := program(name); err != nil {
			if os.Getenv("VIDJIL_TEST_ALL") != "" {
				t.Fatal(err)
			}
			t.Skipf("SKIP LDAP: %v: apt-get install slapd", err)
		}
	}
	// The path of a test's own directory may be too long for slapd.
	dir, err := os.MkdirTemp("", "slapd-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	s := &Server{t: t, dir: dir, CAFile: filepath.Join(dir, "ca.pem")}
	s.URL, s.SecureURL = "ldap://"+freePort(t), "ldaps://"+freePort(t)
	s.certificates()
	s.write("db/.keep", "")
	s.write("slapd.conf", strings.ReplaceAll(`include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile DIR/slapd.pid
TLSCACertificateFile DIR/ca.pem
TLSCertificateFile DIR/cert.pem
TLSCertificateKeyFile DIR/key.pem
database mdb
maxsize 8388608
suffix "dc=lab,dc=test"
rootdn "cn=root,dc=lab,dc=test"
rootpw root-password
directory DIR/db
access to attrs=userPassword by anonymous auth by self read by * none
access to * by anonymous auth by users read
`, "DIR", dir))
	s.write("lab.ldif", fmt.Sprintf(laboratory, person("ada", "Ada Byron")+person("bob", "Bob Boss")+person("eve", "Eve Else")+person("a*a", "Star Name")))
	s.run("slapadd", "-f", s.path("slapd.conf"), "-l", s.path("lab.ldif"))
	s.Resume()
	t.Cleanup(s.Stop)
	return s
}

// program finds a program that Debian puts where only administrators look.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", name))
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) write(name, text string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) run(name string, args ...string) {
	s.t.Helper()
	path, err := program(name)
	if err != nil {
		s.t.Fatal(err)
	}
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// Resume starts the server, again after Stop, and waits until it answers.
func (s *Server) Resume() {
	s.t.Helper()
	path, err := program("slapd")
	if err != nil {
		s.t.Fatal(err)
	}
	var log bytes.Buffer
	s.process = exec.Command(path, "-d", "0", "-f", s.path("slapd.conf"), "-h", s.URL+" "+s.SecureURL)
	s.process.Stderr, s.process.Stdout = &log, io.Discard
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		conn, err := net.DialTimeout("tcp", strings.TrimPrefix(s.URL, "ldap://"), time.Second)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(deadline) {
			s.Stop()
			s.t.Fatalf("slapd does not answer: %v\n%s", err, log.String())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Stop ends the server, as a directory that goes down. It may be called twice.
func (s *Server) Stop() {
	if s.process == nil {
		return
	}
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Error(err)
	}
	_ = s.process.Wait() // it was told to end
	s.process = nil
}

// Modify applies changes in LDIF as the directory's administrator.
func (s *Server) Modify(ldif string) {
	s.t.Helper()
	s.Stop()
	s.write("change.ldif", ldif)
	s.run("slapmodify", "-f", s.path("slapd.conf"), "-l", s.path("change.ldif"))
	s.Resume()
}

// certificates makes an authority and a certificate of it for this machine.
func (s *Server) certificates() {
	s.t.Helper()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Laboratory CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caKey := s.certificate("ca", ca, ca, nil)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	s.certificate("cert", leaf, ca, caKey)
}

func (s *Server) certificate(name string, c, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) *ecdsa.PrivateKey {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	if parentKey == nil {
		parentKey = key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, parentKey)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(name+".pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	if c != parent {
		raw, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			s.t.Fatal(err)
		}
		s.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})))
	}
	return key
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
