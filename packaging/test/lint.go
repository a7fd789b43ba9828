//go:build ignore

// Command lint looks at the files that no engine runs here: the Dockerfile and its
// context, the compose files, the nfpm file and the units. It is a program of
// its own, as it needs a YAML reader that the module has no other use for:
//
//	go run -modfile=tools.mod packaging/test/lint.go
package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// faults are all that is wrong.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

func main() {
	var f faults
	lintDockerfile(&f, "packaging/container/Dockerfile")
	for _, name := range []string{"packaging/compose/compose.yaml", "packaging/compose/compose.scale.yaml"} {
		lintCompose(&f, name)
	}
	lintPackages(&f, "packaging/nfpm.yaml")
	lintUnits(&f)
	for _, text := range f {
		fmt.Fprintln(os.Stderr, text)
	}
	if len(f) > 0 {
		os.Exit(1)
	}
	fmt.Println("Dockerfile, compose files, packages and units: nothing is wrong")
}

// instruction is one of a Dockerfile, with continued lines joined.
type instruction struct {
	line       int
	word, rest string
}

func dockerfile(text string) []instruction {
	var list []instruction
	for i, lines := 0, strings.Split(text, "\n"); i < len(lines); i++ {
		line, at := strings.TrimSpace(lines[i]), i+1
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for strings.HasSuffix(line, "\\") && i+1 < len(lines) {
			i++
			line = strings.TrimSuffix(line, "\\") + strings.TrimSpace(lines[i])
		}
		word, rest, _ := strings.Cut(line, " ")
		list = append(list, instruction{at, word, strings.TrimSpace(rest)})
	}
	return list
}

var (
	known  = strings.Fields("FROM RUN CMD LABEL EXPOSE ENV COPY ENTRYPOINT VOLUME USER WORKDIR ARG STOPSIGNAL HEALTHCHECK")
	pinned = regexp.MustCompile(`^(scratch|[a-z0-9./-]+:v?[0-9][\w.-]*)$`)
	secret = regexp.MustCompile(`(?i)(password|secret|token|_key)\w*=`)
)

// lintDockerfile holds the image to: pinned bases, files of the checkout that
// are there, no archives or addresses that are unpacked, forms without a shell,
// a user without rights, a way to ask whether it is well.
func lintDockerfile(f *faults, name string) {
	text, err := os.ReadFile(name)
	if err != nil {
		f.add("%v", err)
		return
	}
	stages, last := map[string]bool{}, map[string]instruction{}
	base := ""
	for _, in := range dockerfile(string(text)) {
		fault := func(format string, args ...any) {
			f.add("%s:%d: %s", name, in.line, fmt.Sprintf(format, args...))
		}
		if !slices.Contains(known, in.word) {
			fault("%s is no instruction, or one with surprises", in.word)
		}
		if secret.MatchString(in.rest) {
			fault("a secret would stay in the image")
		}
		switch in.word {
		case "FROM":
			words := strings.Fields(in.rest)
			if base, last = words[0], map[string]instruction{}; !pinned.MatchString(base) {
				fault("base %s has no version", base)
			}
			if len(words) == 3 && strings.EqualFold(words[1], "AS") {
				stages[words[2]] = true
			}
		case "COPY":
			lintCopy(fault, in.rest, stages)
		case "CMD", "ENTRYPOINT":
			if !strings.HasPrefix(in.rest, "[") {
				fault("%s with a shell, which the image has not", in.word)
			}
		case "RUN":
			if base == "scratch" {
				fault("RUN in an image without a shell")
			}
			if regexp.MustCompile(`\b(sudo|curl|wget|apt-get upgrade|latest)\b`).MatchString(in.rest) {
				fault("what it gets is not the same tomorrow: %s", in.rest)
			}
		}
		last[in.word] = in
	}
	if base != "scratch" {
		f.add("%s: the last stage is %s, not scratch", name, base)
	}
	if u := last["USER"].rest; !regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`).MatchString(u) {
		f.add("%s: USER %q: a number above 0 is wanted, which a cluster can check", name, u)
	}
	if h := last["HEALTHCHECK"].rest; !strings.Contains(h, `CMD ["/usr/bin/vidjil", "health"]`) {
		f.add("%s: HEALTHCHECK does not ask the program", name)
	}
	for _, word := range []string{"ENTRYPOINT", "CMD", "EXPOSE", "VOLUME", "STOPSIGNAL"} {
		if last[word].word == "" {
			f.add("%s: no %s", name, word)
		}
	}
}

func lintCopy(fault func(string, ...any), rest string, stages map[string]bool) {
	from := ""
	var paths []string
	for _, word := range strings.Fields(rest) {
		if name, ok := strings.CutPrefix(word, "--from="); ok {
			from = name
		} else if !strings.HasPrefix(word, "--") {
			paths = append(paths, word)
		}
	}
	if from != "" && !stages[from] {
		fault("COPY from %s, which no stage before is", from)
	}
	if from != "" || len(paths) == 0 {
		return
	}
	for _, p := range paths[:len(paths)-1] {
		if _, err := os.Stat(p); err != nil {
			fault("COPY %s: not in the checkout", p)
		}
	}
}

// service is what is looked at in a compose file.
type service struct {
	Image       string         `yaml:"image"`
	Build       map[string]any `yaml:"build"`
	Restart     string         `yaml:"restart"`
	ReadOnly    bool           `yaml:"read_only"`
	Privileged  bool           `yaml:"privileged"`
	CapDrop     []string       `yaml:"cap_drop"`
	SecurityOpt []string       `yaml:"security_opt"`
	Ports       []string       `yaml:"ports"`
	Volumes     []string       `yaml:"volumes"`
	Environment map[string]any `yaml:"environment"`
	DependsOn   map[string]any `yaml:"depends_on"`
}

func lintCompose(f *faults, name string) {
	text, err := os.ReadFile(name)
	if err != nil {
		f.add("%v", err)
		return
	}
	var file struct {
		Services map[string]service `yaml:"services"`
		Volumes  map[string]any     `yaml:"volumes"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		f.add("%s: %v", name, err)
		return
	}
	for _, id := range slices.Sorted(maps.Keys(file.Services)) {
		s := file.Services[id]
		fault := func(format string, args ...any) {
			f.add("%s: %s: %s", name, id, fmt.Sprintf(format, args...))
		}
		ours := strings.Contains(s.Image, "vidjil:") // of this repository
		lintService(fault, &s, ours && !strings.Contains(s.Image, "versity"))
		for _, v := range s.Volumes {
			if volume, _, _ := strings.Cut(v, ":"); !strings.HasPrefix(volume, "/") {
				if _, ok := file.Volumes[volume]; !ok {
					fault("volume %s is not declared", volume)
				}
			}
		}
		for other := range s.DependsOn {
			if _, ok := file.Services[other]; !ok {
				fault("depends on %s, which is not there", other)
			}
		}
	}
	if _, ok := file.Services["server"]; !ok {
		f.add("%s: no service named server", name)
	}
}

func lintService(fault func(string, ...any), s *service, ours bool) {
	switch {
	case s.Image == "":
		fault("no image")
	case !ours && !pinned.MatchString(s.Image):
		fault("image %s has no version", s.Image)
	}
	if s.Privileged {
		fault("privileged")
	}
	if s.Restart == "" {
		fault("it is not said what happens when it ends")
	}
	if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
		fault("it may get new privileges")
	}
	if ours && (!s.ReadOnly || !slices.Contains(s.CapDrop, "ALL")) {
		fault("the root is not read-only, or capabilities are left")
	}
	if !ours && len(s.Ports) > 0 {
		fault("it is open to the network: %v", s.Ports)
	}
	for key, value := range s.Environment {
		text := fmt.Sprint(value)
		if regexp.MustCompile(`(?i)(password|secret)`).MatchString(key) && !strings.HasPrefix(text, "${") {
			fault("%s: a secret stands in the file", key)
		}
	}
	if dir, ok := s.Build["dockerfile"].(string); ok {
		if _, err := os.Stat(dir); err != nil {
			fault("build: %v", err)
		}
	}
}

// lintPackages wants the scripts of the packages to be there, to be readable by
// the shell that runs them, and to be executable.
func lintPackages(f *faults, name string) {
	text, err := os.ReadFile(name)
	if err != nil {
		f.add("%v", err)
		return
	}
	var file struct {
		Overrides map[string]struct {
			Scripts map[string]string `yaml:"scripts"`
		} `yaml:"overrides"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		f.add("%s: %v", name, err)
		return
	}
	for _, kind := range []string{"deb", "rpm"} {
		scripts := file.Overrides[kind].Scripts
		if len(scripts) != 4 {
			f.add("%s: %s has %d scripts, want 4", name, kind, len(scripts))
		}
		for _, script := range scripts {
			if out, err := exec.Command("sh", "-n", script).CombinedOutput(); err != nil {
				f.add("%s: %v: %s", script, err, out)
			}
		}
	}
}

// lintUnits asks systemd what a service could do if it were taken over: 2.0 of
// 10 at most. The program does not have to be installed for it.
func lintUnits(f *faults) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		fmt.Println("SKIP units: no systemd-analyze (apt install systemd)")
		return
	}
	units, err := filepath.Glob("packaging/systemd/*.service")
	if err != nil || len(units) < 3 {
		f.add("packaging/systemd: %d units, want 3 (%v)", len(units), err)
	}
	for _, unit := range units {
		abs, err := filepath.Abs(unit)
		if err != nil {
			f.add("%v", err)
			continue
		}
		out, err := exec.Command("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", abs).CombinedOutput()
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		summary := lines[len(lines)-1]
		if err != nil {
			f.add("%s: %v: %s", unit, err, summary)
			continue
		}
		fmt.Println(unit + ": " + strings.TrimPrefix(summary, "→ "))
	}
}
