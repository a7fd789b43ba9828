// Command sbom writes the bill of materials of a built program, CycloneDX 1.6 in JSON,
// to standard output: the Go modules that the linker took, as the program itself
// records them, and the packages of the web client, from its lock file. It asks
// no network, and the same inputs give the same bytes.
//
//	go run ./packaging/sbom -binary bin/vidjil -lock web/package-lock.json -version 1.0.0
package main

import (
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "", "the program, a `FILE`")
	flag.StringVar(&o.lock, "lock", "", "package-lock.json of the web client, a `FILE`")
	flag.StringVar(&o.version, "version", "", "`VERSION` of the program")
	flag.Int64Var(&o.epoch, "epoch", 0, "`SECONDS` since 1970 of the source, for the date of the bill")
	flag.Parse()
	if err := run(o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

type options struct {
	binary, lock, version string
	epoch                 int64
}

func run(o options, w io.Writer) error {
	info, err := buildinfo.ReadFile(o.binary)
	if err != nil {
		return fmt.Errorf("read %s: %w", o.binary, err)
	}
	lock, err := os.ReadFile(o.lock)
	if err != nil {
		return fmt.Errorf("read lock file: %w", err)
	}
	web, err := npmComponents(lock)
	if err != nil {
		return fmt.Errorf("read %s: %w", o.lock, err)
	}
	b := makeBill(info, web, o.version, time.Unix(o.epoch, 0))
	out, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return fmt.Errorf("encode bill: %w", err)
	}
	_, err = w.Write(append(out, '\n'))
	return err
}

// bill is a CycloneDX document; the names are those of its schema.
type bill struct {
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	SerialNumber string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Licenses   []license  `json:"licenses,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"` // hexadecimal
}

type license struct {
	Expression string `json:"expression"` // SPDX
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

func makeBill(info *debug.BuildInfo, web []component, version string, date time.Time) bill {
	arch := setting(info, "GOOS") + "-" + setting(info, "GOARCH")
	ref := "pkg:golang/" + info.Main.Path + "@" + version
	b := bill{
		Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
		Metadata: metadata{
			Timestamp: date.UTC().Format(time.RFC3339),
			Component: component{
				Type: "application", Ref: ref, Name: "vidjil", Version: version, PURL: ref,
				Licenses:   []license{{"Apache-2.0"}},
				Properties: []property{{"go:platform", arch}},
			},
		},
		Components: slices.Concat(goComponents(info), web),
	}
	slices.SortFunc(b.Components, func(a, c component) int { return cmp.Compare(a.Ref, c.Ref) })
	b.Components = slices.CompactFunc(b.Components, func(a, c component) bool { return a.Ref == c.Ref })
	id := sha256.New()
	on := make([]string, len(b.Components))
	for i, c := range b.Components {
		on[i] = c.Ref
		id.Write([]byte(c.Ref + "\n"))
	}
	id.Write([]byte(ref + " " + arch + "\n"))
	b.Dependencies = []dependency{{ref, on}}
	b.SerialNumber = "urn:uuid:" + uuid(id.Sum(nil))
	return b
}

// uuid is one of version 8 (RFC 9562, section 5.8), of a digest.
func uuid(sum []byte) string {
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// goComponents are the modules in a program, and the standard library.
func goComponents(info *debug.BuildInfo) []component {
	version := strings.TrimPrefix(info.GoVersion, "go")
	ref := "pkg:golang/std@" + version
	list := []component{{Type: "library", Ref: ref, Name: "std", Version: version, PURL: ref, Licenses: []license{{"BSD-3-Clause"}}}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		ref := "pkg:golang/" + m.Path + "@" + m.Version
		c := component{Type: "library", Ref: ref, Name: m.Path, Version: m.Version, PURL: ref}
		if m.Sum != "" {
			// The digest of go.sum is of a module's files, not of an archive.
			c.Properties = []property{{"go:sum", m.Sum}}
		}
		list = append(list, c)
	}
	return list
}

// npmComponents are the packages of a lock file from which the client is made;
// those that only build and test it are not in what is shipped.
func npmComponents(lock []byte) ([]component, error) {
	var file struct {
		LockfileVersion int `json:"lockfileVersion"`
		Packages        map[string]struct {
			Version   string `json:"version"`
			Integrity string `json:"integrity"`
			License   any    `json:"license"`
			Dev       bool   `json:"dev"`
			DevMaybe  bool   `json:"devOptional"`
			Link      bool   `json:"link"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(lock, &file); err != nil {
		return nil, err
	}
	if file.LockfileVersion < 2 || len(file.Packages) == 0 {
		return nil, fmt.Errorf("lock file of version %d: 2 or later is needed", file.LockfileVersion)
	}
	const folder = "node_modules/"
	var list []component
	for path, p := range file.Packages {
		at := strings.LastIndex(path, folder)
		if at < 0 || p.Dev || p.DevMaybe || p.Link {
			continue
		}
		name := path[at+len(folder):]
		ref := "pkg:npm/" + npmPath(name) + "@" + p.Version
		c := component{Type: "library", Ref: ref, Name: name, Version: p.Version, PURL: ref}
		if text, ok := p.License.(string); ok && text != "" {
			c.Licenses = []license{{text}}
		}
		h, err := npmHash(p.Integrity)
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", name, err)
		}
		c.Hashes = h
		list = append(list, c)
	}
	return list, nil
}

// npmPath is a package's name in a URL: the @ of a scope is written %40.
func npmPath(name string) string {
	scope, rest, ok := strings.Cut(name, "/")
	if !ok {
		return url.PathEscape(name)
	}
	return strings.Replace(scope, "@", "%40", 1) + "/" + url.PathEscape(rest)
}

// npmHash reads the digest of a package's archive, as "sha512-…" in base64.
func npmHash(integrity string) ([]hash, error) {
	kind, text, ok := strings.Cut(integrity, "-")
	names := map[string]string{"sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
	if !ok || names[kind] == "" {
		return nil, nil
	}
	sum, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("integrity %s: %w", integrity, err)
	}
	return []hash{{names[kind], hex.EncodeToString(sum)}}, nil
}
