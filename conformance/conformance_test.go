// Package conformance holds an independent implementation of the payer, the
// till and the operator, in JavaScript on Node alone, and runs it against a
// real server process.
//
// The program under run.mjs shares no code with the rest of the module and
// knows the system only from its published formats and its HTTP contract. It
// shows that a stranger can build the other side, and attacks every promise
// that the documents make.
package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const runTimeout = 4 * time.Minute

// TestStranger starts a server on an empty SQLite file, lets the stranger at
// it, stops it as an operator would, and has the books audited by the command.
func TestStranger(t *testing.T) {
	p := install(t)
	s := p.start(t, "--webhook-loopback")
	p.node(t, "run.mjs", nil)
	s.stop(t, syscall.SIGTERM)
	p.audit(t)
	if found := secret.FindString(p.log(t)); found != "" {
		t.Errorf("the server's log shows a secret that begins %.6s", found)
	}
}

// TestKilled kills the server in the middle of payments and starts it again
// on what is left: every answer that it gave must still be true.
func TestKilled(t *testing.T) {
	p := install(t)
	s := p.start(t)
	p.node(t, "killed.mjs", func(line string) {
		if line == "now" {
			s.stop(t, syscall.SIGKILL)
			s = p.start(t)
		}
	})
	s.stop(t, syscall.SIGTERM)
	p.audit(t)
}

// TestProfile serves another issuer: other prefixes, lengths and windows, and
// seeds that end while one waits.
func TestProfile(t *testing.T) {
	p := install(t)
	s := p.start(t, "--prefix=62", "--online-prefix=63", "--alias-digits=11", "--otp-digits=10", "--period=10s", "--skew=2", "--seed-ttl=20s")
	p.node(t, "profile.mjs", nil)
	s.stop(t, syscall.SIGTERM)
	p.audit(t)
}

// secret matches what no log may show: keys, tokens, codes and proofs.
var secret = regexp.MustCompile(`\b(op|mk|gk|dt|tk)_[0-9A-Za-z_-]{20,}|whsec_\w+|\bPC1[0-9A-Z]{44}|\b7[01][0-9]{16}\b|DPoP |eyJ`)

// node runs a program against the server and streams its lines as they come,
// so that a long run is seen to move; onLine, if given, hears them too.
func (p *paycode) node(t *testing.T, program string, onLine func(string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), runTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.nodeBinary, program)
	cmd.Env = append(environment(), "PAYCODE_URL=http://"+p.address, "PAYCODE_OPERATOR_KEY="+p.operatorKey)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var last string
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		last = lines.Text()
		fmt.Fprintln(t.Output(), last)
		if onLine != nil {
			onLine(last)
		}
	}
	if err := errors.Join(lines.Err(), cmd.Wait()); err != nil {
		t.Errorf("node %s: %v: %s", program, err, last)
	}
	if !strings.Contains(last, " passed, ") {
		t.Errorf("node %s ended without its count: %q", program, last)
	}
}
