package config

import (
	"os"
	"path/filepath"
	"strings"
)

const (
	envPrefix = "VIDJIL_"
	envFile   = envPrefix + "CONFIG"
	// FileName is that of the file that is read when there is one in the data
	// directory and no other is named.
	FileName = "vidjil.toml"
)

// lookup gives a variable; the last counts, as for programs.
func lookup(environ []string, name string) (text string) {
	for _, pair := range environ {
		if n, t, _ := strings.Cut(pair, "="); n == name {
			text = t
		}
	}
	return text
}

// environment reads variables: VIDJIL_HTTP__ADDR is http.addr, and
// VIDJIL_MAIL__PASSWORD_FILE names a file with mail.password.
//
// A name with two underscores in it can only be meant for us, so an unknown one
// is a fault. One without may be of another program or of our own client
// (VIDJIL_SERVER), or what an orchestrator tells of a service that is named
// vidjil (VIDJIL_PORT).
func environment(environ []string, faults *faults) (list []value) {
	fields := Fields()
	given := map[string]string{}
	for _, pair := range environ {
		name, text, _ := strings.Cut(pair, "=")
		rest, ours := strings.CutPrefix(name, envPrefix)
		if !ours || name == envFile || text == "" {
			continue
		}
		from := Source{Origin: FromEnvironment, Name: name}
		key := strings.ReplaceAll(strings.ToLower(rest), "__", ".")
		_, _, known := find(fields, key)
		if short, ok := strings.CutSuffix(key, "_file"); ok && !known {
			if f, _, isSetting := find(fields, short); isSetting && f.Secret != "" {
				key, known, text = short, true, readSecret(text, short, from, faults)
			}
		}
		switch {
		case !known && !strings.Contains(key, "."):
			continue
		case given[key] != "" && given[key] != name:
			faults.add(key, from, "%s gives it too", given[key])
			continue
		}
		given[key] = name
		list = append(list, value{key, text, from})
	}
	return list
}

// credentials reads what systemd hands over for LoadCredential=: a file for each
// secret, named as the setting ("mail.password").
func credentials(environ []string, faults *faults) (list []value) {
	dir := lookup(environ, "CREDENTIALS_DIRECTORY")
	if dir == "" {
		return nil
	}
	for _, f := range Fields() {
		name := filepath.Join(dir, f.Key)
		if _, err := os.Stat(name); f.Secret == "" || err != nil {
			continue
		}
		from := Source{Origin: FromCredential, Name: name}
		list = append(list, value{f.Key, readSecret(name, f.Key, from, faults), from})
	}
	return list
}

// readSecret reads a file that holds a secret and the end of its line.
func readSecret(name, key string, from Source, faults *faults) string {
	text, err := os.ReadFile(name)
	if err != nil {
		faults.add(key, from, "%v", err)
		return ""
	}
	return strings.TrimRight(string(text), "\r\n")
}
