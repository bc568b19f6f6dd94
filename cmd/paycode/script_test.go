package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/nfc/pcsc/pcsctest"
	"github.com/paycode/paycode/server"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"paycode": main})
}

// TestScripts runs the commands as people do. In the scripts there is, besides
// what testscript has:
//
//	world         a running server with a payer who has 200.00 CNY and a merchant;
//	              sets SERVER, OPERATOR, PAYER, LINK (enrolment), PAYCODE_SERVER and PAYCODE_KEY
//	another FILE  a running server on that database; sets SERVER and PAYCODE_SERVER
//	operator METHOD PATH [BODY]
//	              a call as the operator; its answer is the next stdout
//	keep NAME     the last stdout, without its line's end, as a variable
//	device NAME   the first device of the payer in the last stdout, as a variable
//	field NAME F  a field of the JSON in the last stdout, as a variable
//	payment NAME  the first payment in the last stdout, as a variable
//	exits N CMD…  runs a command that must end with this status
//	reader        a real pcscd with a virtual reader; sets PAYCODE_PCSCD, and the
//	              command near runs what follows it where the virtual reader is, and no other network
//	until RE CMD… runs a command again and again until its stdout matches
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"world": world, "another": another, "operator": operator, "keep": keep, "field": keepField, "device": keepDevice, "payment": keepPayment, "exits": exits, "until": until,
			"reader": reader,
		},
	})
}

// serving runs a server on a database until the script ends, with the script's master key.
func serving(ts *testscript.TestScript, file string) *server.Server {
	keys, err := issuing.KeyFile{Path: ts.MkAbs("master.key")}.Load()
	ts.Check(err)
	s, err := server.Open(context.Background(), server.Config{
		Database: "sqlite:" + ts.MkAbs(file), Listen: "localhost:0", Keys: keys, Issuers: keys, Passes: issuing.DefaultPassTerms(), Log: slog.New(slog.DiscardHandler),
	})
	ts.Check(err)
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- s.Run(ctx) }()
	ts.Defer(func() {
		stop()
		ts.Check(<-stopped)
	})
	ts.Setenv("SERVER", s.URL())
	ts.Setenv("PAYCODE_SERVER", s.URL())
	return s
}

func another(ts *testscript.TestScript, _ bool, args []string) { serving(ts, args[0]) }

func world(ts *testscript.TestScript, _ bool, _ []string) {
	_, err := issuing.KeyFile{Path: ts.MkAbs("master.key")}.Generate(rand.Reader)
	ts.Check(err)
	s, ctx := serving(ts, "server.db"), context.Background()
	key, _, err := s.Access.CreateKey(ctx, access.ForOperator())
	ts.Check(err)
	ts.Setenv("OPERATOR", key)

	payer := call(ts, "POST", "/v1/payers", map[string]any{"external_id": "ada", "name": "Ada", "currency": "CNY"})["id"].(string)
	call(ts, "POST", "/v1/payers/"+payer+"/topups", map[string]any{"reference": "1", "amount": 20000})
	ts.Setenv("PAYER", payer)
	ts.Setenv("LINK", call(ts, "POST", "/v1/payers/"+payer+"/tickets", nil)["enrol_url"].(string))
	merchant := call(ts, "POST", "/v1/merchants", map[string]any{"name": "Tea House", "currency": "CNY"})["id"].(string)
	ts.Setenv("PAYCODE_KEY", call(ts, "POST", "/v1/merchants/"+merchant+"/keys", nil)["key"].(string))
}

func reader(ts *testscript.TestScript, _ bool, _ []string) {
	d, err := pcsctest.Launch()
	ts.Check(err)
	ts.Defer(d.Close)
	ts.Setenv("PAYCODE_PCSCD", d.Socket)
	bin := ts.MkAbs("bin")
	ts.Check(os.MkdirAll(bin, 0o700))
	near := "#!/bin/sh\nexec " + strings.Join(d.Near(), " ") + ` "$@"` + "\n"
	ts.Check(os.WriteFile(filepath.Join(bin, "near"), []byte(near), 0o700))
	ts.Setenv("PATH", bin+string(os.PathListSeparator)+ts.Getenv("PATH"))
}

func call(ts *testscript.TestScript, method, path string, body any) (answer map[string]any) {
	c := client.Client{Server: ts.Getenv("SERVER"), HTTP: http.DefaultClient, Authorize: client.Bearer(ts.Getenv("OPERATOR"))}
	ts.Check(c.Call(context.Background(), method, path, body, &answer))
	return answer
}

func operator(ts *testscript.TestScript, _ bool, args []string) {
	var body any
	if len(args) > 2 {
		body = json.RawMessage(args[2])
	}
	text, err := json.Marshal(call(ts, args[0], args[1], body))
	ts.Check(err)
	ts.Stdout().Write(text)
}

func keep(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimRight(ts.ReadFile("stdout"), "\n"))
}

func keepField(ts *testscript.TestScript, _ bool, args []string) {
	var answer map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &answer))
	value, ok := answer[args[1]].(string)
	if !ok {
		ts.Fatalf("no field %s in %s", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], value)
}

func keepDevice(ts *testscript.TestScript, _ bool, args []string) {
	var payer struct{ Devices []struct{ ID string } }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &payer))
	ts.Setenv(args[0], payer.Devices[0].ID)
}

func keepPayment(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], regexp.MustCompile(`pay_\w+`).FindString(ts.ReadFile("stdout")))
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func until(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err := ts.Exec(args[1], args[2:]...); err == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("no %s in %s", pattern, ts.ReadFile("stdout"))
}
