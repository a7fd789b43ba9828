package metrics

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const samples = "../../packaging/monitoring"

// promtool runs Prometheus' own program. Without it the test is skipped with the
// reason, unless VIDJIL_TEST_ALL is set: then it fails.
func promtool(t *testing.T, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("VIDJIL_TEST_ALL") != "" {
			t.Fatal(err)
		}
		t.Skipf("SKIP alert rules: %v: apt-get install prometheus", err)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	return string(out), err
}

// TestRules has Prometheus read the alert rules, and run their own tests: each
// comes when it should and is silent while all is well.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"check", "rules", filepath.Join(samples, "alerts.yaml")},
		{"test", "rules", filepath.Join(samples, "alerts_test.yaml")},
	} {
		if out, err := promtool(t, args...); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// TestEachRuleIsTested: an alert without a test of when it comes may never come.
func TestEachRuleIsTested(t *testing.T) {
	t.Parallel()
	rules, err1 := os.ReadFile(filepath.Join(samples, "alerts.yaml"))
	tests, err2 := os.ReadFile(filepath.Join(samples, "alerts_test.yaml"))
	page, err3 := os.ReadFile("../../docs/admin/monitoring.md")
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	found := regexp.MustCompile(`(?m)^ +- alert: (\w+)$`).FindAllSubmatch(rules, -1)
	if len(found) < 10 {
		t.Fatalf("%d rules: too few to be the file", len(found))
	}
	for _, m := range found {
		name := string(m[1])
		comes := strings.Contains(string(tests), fmt.Sprintf("alertname=%q", name)) || regexp.MustCompile(`alertname: `+name+`\n +exp_alerts`).Match(tests)
		if !comes || !strings.Contains(string(tests), "alertname: "+name+"}") {
			t.Errorf("alerts_test.yaml does not show when %s comes, and that it is silent otherwise", name)
		}
		if !strings.Contains(string(page), name) {
			t.Errorf("docs/admin/monitoring.md does not tell what to do about %s", name)
		}
	}
}

// TestDashboardQueries has Prometheus read each query of the dashboard, as rules:
// a panel whose query is wrong is empty, and looks like a server at rest.
func TestDashboardQueries(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(samples, "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var board any
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	list := queries(board)
	if len(list) < 20 {
		t.Fatalf("%d queries: too few to be the dashboard", len(list))
	}
	var b strings.Builder
	b.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	for i, q := range list {
		if !strings.Contains(q, `instance=~"$instance"`) {
			t.Errorf("%s does not look at the chosen servers", q)
		}
		fmt.Fprintf(&b, "      - {record: 'dashboard:%d', expr: %q}\n", i, q)
	}
	file := filepath.Join(t.TempDir(), "dashboard.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := promtool(t, "check", "rules", file); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// queries finds all of them, wherever they stand.
func queries(at any) (list []string) {
	switch at := at.(type) {
	case map[string]any:
		for key, below := range at {
			if q, ok := below.(string); ok && key == "expr" {
				list = append(list, q)
			}
			list = append(list, queries(below)...)
		}
	case []any:
		for _, below := range at {
			list = append(list, queries(below)...)
		}
	}
	return list
}
