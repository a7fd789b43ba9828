package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden parts of testdata/script again")

// TestMain lets the test binary be the program, so that scripts run the real
// thing in a process of its own.
func TestMain(m *testing.M) {
	commands := map[string]func(){
		"vidjil": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	}
	if os.Getenv(builtProgram) != "" {
		commands = map[string]func(){}
	}
	testscript.Main(m, commands)
}

// builtProgram names the variable that holds the path of a built program, which
// the scripts then run instead ("make e2e").
const builtProgram = "VIDJIL"

// TestScript runs the archives in testdata/script; each reads as a page of a
// manual. $SHARED is the folder of reference data beside the checkout: scripts
// that need it begin with "[!shared] skip".
func TestScript(t *testing.T) {
	t.Parallel()
	shared, err := filepath.Abs("../../../shared")
	if err != nil {
		t.Fatal(err)
	}
	_, sharedErr := os.Stat(shared)
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SHARED", shared)
			env.Setenv("REPOSITORY", repository)
			if program := os.Getenv(builtProgram); program != "" {
				env.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+env.Getenv("PATH"))
			}
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "shared" {
				return sharedErr == nil, nil
			}
			return false, os.ErrInvalid
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status},
	})
}

// status runs the program and wants an exit status: "status 3 vidjil check x".
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status NUMBER COMMAND [ARGUMENT]...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if want := args[0]; want != strconv.Itoa(got) {
		ts.Fatalf("exit status: got %d, want %s", got, want)
	}
}
