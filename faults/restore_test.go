package faults_test

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// crowdAtGate is how many riders come to a gate each time.
const crowdAtGate = 15

// retryWithin is when a gate has tried again whose upload broke.
const retryWithin = 3 * time.Second

// TestRestoredUnderGates puts the server back to a backup while a gate runs, and
// another one knows nothing of it: both have been answered for taps that the backup
// has not. Nobody rides for nothing, and nobody pays twice.
func TestRestoredUnderGates(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "paycode.db")
	s := newSite(t, "sqlite:"+file, 1)
	m := s.newMaker()
	riders := m.riders(4 * crowdAtGate)
	busy, quiet := m.gate("busy"), m.gate("quiet")
	busy.way.bring(uploadWhole)
	quiet.way.bring(uploadWhole)

	running := busy.run()
	running.lets(riders[:crowdAtGate])
	m.awaitRides(riders, crowdAtGate)
	if out, err := s.command("admin", "backup", "--db", s.database, file+".backup").CombinedOutput(); err != nil {
		t.Fatalf("admin backup: %v\n%s", err, out)
	}
	running.lets(riders[crowdAtGate : 2*crowdAtGate])
	other := quiet.run()
	other.lets(riders[2*crowdAtGate : 3*crowdAtGate])
	other.end()
	quiet.settle()
	m.awaitRides(riders, 3*crowdAtGate)

	s.servers[0].running.kill()
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(file + end); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if out, err := s.command("admin", "restore", "--db", s.database, file+".backup").CombinedOutput(); err != nil {
		t.Fatalf("admin restore: %v\n%s", err, out)
	}
	s.servers[0].start()
	s.servers[0].awaitReady()
	busy.way.bring(anyFate) // and while it brings its taps again, the network breaks
	running.lets(riders[3*crowdAtGate:])
	time.Sleep(retryWithin)
	running.end()
	if taps := busy.settle() + quiet.settle(); taps != uint64(len(riders)) {
		t.Errorf("%d taps on the disks of gates, want %d", taps, len(riders))
	}
	m.awaitRides(riders, len(riders))
	if rides := m.rode(riders); rides != len(riders) {
		t.Errorf("%d rides, and %d riders went through once each", rides, len(riders))
	}
	s.audit()
}

// running is a gate's process that somebody shows codes to.
type running struct {
	*turnstile
	in   io.WriteCloser
	out  *bufio.Scanner
	gate *child
}

func (g *turnstile) run() *running {
	g.Helper()
	cmd := g.command("gate", "run", "--dir", g.dir, "--stdin", "--log-level", "error")
	in, err := cmd.StdinPipe()
	g.must(err)
	out, err := cmd.StdoutPipe()
	g.must(err)
	c, err := startChild(cmd)
	g.must(err)
	g.Cleanup(c.kill)
	return &running{g, in, bufio.NewScanner(out), c}
}

// lets has riders come, each of whom goes through.
func (r *running) lets(come []*rider) {
	r.Helper()
	for _, one := range come {
		one.shown++
		_, err := io.WriteString(r.in, one.presents(r.T)+"\n")
		r.must(err)
		if !r.out.Scan() || !strings.HasPrefix(r.out.Text(), "go") {
			r.Fatalf("the gate says %q, %v", r.out.Text(), r.out.Err())
		}
		one.gone++
	}
}

// end ends the input, and so the gate.
func (r *running) end() {
	r.Helper()
	r.in.Close()
	r.must(r.gate.wait())
}
