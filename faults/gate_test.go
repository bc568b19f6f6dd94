package faults_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	crand "crypto/rand"

	"github.com/go-jose/go-jose/v4"

	"github.com/paycode/paycode/pass"
)

const (
	fareMinor  = 200 // what serve takes for a ride unless it is told otherwise
	riderMinor = 100_000
	gatesAtOne = 4
	// gateKills is how often a gate is killed for each round of the other tests.
	gateKills = 10
)

// rider is somebody with a phone that has a pass.
type rider struct {
	id    string
	key   *ecdsa.PrivateKey
	pass  []byte
	shown int // presentations that a gate was shown
	gone  int // for which it said go
}

// presents is what the phone shows now, and never again.
func (r *rider) presents(t *testing.T) string {
	var nonce [4]byte
	binary.BigEndian.PutUint32(nonce[:], rand.Uint32())
	shown, err := pass.Present(r.key, r.pass, time.Now(), nonce, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pass.Text(shown)
}

// riders enrols phones.
func (m *maker) riders(n int) []*rider {
	m.Helper()
	all, errs := make([]*rider, n), make([]error, n)
	var wg sync.WaitGroup
	for b := range builders {
		wg.Go(func() {
			for i := b; i < n && errs[b] == nil; i += builders {
				all[i], errs[b] = m.rider(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		m.must(err)
	}
	return all
}

func (m *maker) rider(i int) (*rider, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		return nil, err
	}
	r := &rider{key: key}
	var made struct {
		ID, Ticket string
		Pass       []byte
	}
	if err := m.post("/v1/payers", map[string]any{"external_id": fmt.Sprint("rider-", i), "currency": currency}, &made); err != nil {
		return nil, err
	}
	r.id = made.ID
	if err := m.post("/v1/payers/"+r.id+"/topups", map[string]any{"reference": "start", "amount": riderMinor}, nil); err != nil {
		return nil, err
	}
	if err := m.post("/v1/payers/"+r.id+"/tickets", nil, &made); err != nil {
		return nil, err
	}
	err = m.post("/v1/devices", map[string]any{
		"ticket": made.Ticket, "kind": "phone", "name": "phone", "public_key": &jose.JSONWebKey{Key: key.Public()}, "seal_key": m.seal,
	}, &made)
	r.pass = made.Pass
	return r, err
}

// turnstile is a gate with the riders who come to it.
type turnstile struct {
	*site
	dir    string
	riders []*rider // who come to this gate
	next   int
}

// live starts the gate, has some riders come, and kills it at a moment that nobody chooses.
func (g *turnstile) live() {
	cmd := g.command("gate", "run", "--dir", g.dir, "--stdin", "--log-level", "error")
	in, err := cmd.StdinPipe()
	g.must(err)
	out, err := cmd.StdoutPipe()
	g.must(err)
	c, err := startChild(cmd)
	g.must(err)
	var come []*rider
	for range 1 + rand.IntN(6) {
		r := g.riders[g.next%len(g.riders)]
		g.next++
		come = append(come, r)
		r.shown++
		io.WriteString(in, r.presents(g.T)+"\n") // to a gate that may be dead
	}
	heard := make(chan []string, 1)
	go func() {
		var said []string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said = append(said, lines.Text())
		}
		heard <- said
	}()
	time.Sleep(rand.N(120 * time.Millisecond))
	c.Process.Kill()
	for i, line := range <-heard {
		if strings.HasPrefix(line, "go") {
			come[i].gone++
		} else if line != "no passback" && line != "no stale" {
			g.Errorf("the gate says %q", line)
		}
	}
	<-c.gone
}

// settled has the gate bring what it has, and answers how many taps that is.
func (g *turnstile) settled() (taps uint64) {
	g.Helper()
	for deadline := time.Now().Add(readyWithin); ; time.Sleep(pause) {
		out, err := g.command("gate", "sync", "--dir", g.dir).CombinedOutput()
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			g.Fatalf("gate sync: %v\n%s", err, out)
		}
	}
	out, err := g.command("gate", "status", "--dir", g.dir, "--json").Output()
	if err != nil {
		g.Fatalf("gate status: %v\n%s%s", err, out, said(err))
	}
	var st struct{ Taps, Queue, Rejected uint64 }
	g.must(json.Unmarshal(out, &st))
	if st.Queue != 0 || st.Rejected != 0 {
		g.Errorf("%+v", st)
	}
	return st.Taps
}

// TestGatesKilled kills gates while people go through, and the server while
// gates bring their taps: each rider for whom a gate has opened rode once, and
// nobody rode more often than gates have on their disks.
func TestGatesKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite:"+filepath.Join(t.TempDir(), "paycode.db"), 1)
	m := s.newMaker()
	riders := m.riders(120 * gatesAtOne * max(1, *rounds/20))
	var gates []*turnstile
	for i := range gatesAtOne {
		var made struct{ Key string }
		s.must(m.post("/v1/gates", map[string]any{"name": fmt.Sprint("Gate ", i), "line": "Line 1"}, &made))
		g := &turnstile{site: s, dir: filepath.Join(s.dir, fmt.Sprint("gate", i)), riders: riders[i*len(riders)/gatesAtOne : (i+1)*len(riders)/gatesAtOne]}
		if out, err := s.command("gate", "enrol", "--dir", g.dir, "--server", s.servers[0].url(), "--key", made.Key).CombinedOutput(); err != nil {
			t.Fatalf("gate enrol: %v\n%s", err, out)
		}
		gates = append(gates, g)
	}
	var all sync.WaitGroup
	kills := gateKills * *rounds / gatesAtOne
	for _, g := range gates {
		all.Go(func() {
			for range kills {
				g.live()
			}
		})
	}
	for range of(4) {
		time.Sleep(time.Second)
		s.servers[0].again()
	}
	all.Wait()
	s.servers[0].awaitReady()
	taps, gone := uint64(0), 0
	for _, g := range gates {
		taps += g.settled()
	}
	m.awaitRides(riders, int(taps))
	rides := m.rode(riders)
	for _, r := range riders {
		gone += r.gone
	}
	t.Logf("%d kills; %d presentations went through, %d are on the disks of gates, %d were charged", kills*gatesAtOne, gone, taps, rides)
	if uint64(rides) != taps || gone > rides || gone == 0 {
		t.Errorf("%d went through, %d taps, %d rides", gone, taps, rides)
	}
	if out, err := s.command("admin", "reclear", "--db", s.database, "--from", "2020-01-01").CombinedOutput(); err != nil {
		t.Errorf("admin reclear: %v\n%s", err, out)
	}
	if again := m.rode(riders); again != rides {
		t.Errorf("%d rides, and after clearing once more %d", rides, again)
	}
	s.audit()
}

// awaitRides waits until the server has cleared what it took before it was killed.
func (m *maker) awaitRides(riders []*rider, want int) {
	m.Helper()
	for deadline := time.Now().Add(readyWithin); time.Now().Before(deadline); time.Sleep(time.Second) {
		charged := 0
		for _, r := range riders {
			var his struct{ Balance struct{ Amount int64 } }
			m.must(m.operator.Call(m.Context(), "GET", "/v1/payers/"+r.id, nil, &his))
			charged += int(riderMinor-his.Balance.Amount) / fareMinor
		}
		if charged >= want {
			return
		}
	}
}

// rode counts the rides of riders, and holds each one's against his purse and
// what gates told him.
func (m *maker) rode(riders []*rider) (rides int) {
	m.Helper()
	for _, r := range riders {
		var his struct {
			Rides []struct {
				Status string
				Fare   int64
			}
			Balance struct{ Amount int64 }
		}
		m.must(m.operator.Call(m.Context(), "GET", "/v1/payers/"+r.id+"/rides?limit=200", nil, &his))
		m.must(m.operator.Call(m.Context(), "GET", "/v1/payers/"+r.id, nil, &his))
		for _, ride := range his.Rides {
			if ride.Status != "charged" || ride.Fare != fareMinor {
				m.Errorf("a ride of %s: %+v", r.id, ride)
			}
		}
		n := len(his.Rides)
		if n < r.gone || n > r.shown || his.Balance.Amount != riderMinor-int64(n)*fareMinor {
			m.Errorf("%s showed %d presentations, of which %d went through, has %d rides and %d left", r.id, r.shown, r.gone, n, his.Balance.Amount)
		}
		rides += n
	}
	return rides
}
