package sim

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/sim/auditor"
	"github.com/paycode/paycode/store/sqlite"
)

// maxApart is how far the clock of a server may be from the true time, either way.
const maxApart = 2 * time.Second

// world is one town with its servers, from one seed.
type world struct {
	seed    uint64
	budget  int // of operations
	random  *rand.Rand
	bytes   io.Reader // the CSPRNG of everybody
	loop    *loop
	weather weather
	habits  habits
	audit   *auditor.Auditor
	story   *story // nil when nobody reads it
	engine  *sqlite.Memory
	buckets int
	profile paycode.Profile

	servers   []*life
	activeKey uint32
	away      []time.Duration // until when each bucket is away
	payers    []*payer
	phones    []*phone
	shops     []*shop
	tills     []*till
	gates     []*gate
	verifier  *pass.Verifier // of gates
	reachable map[ids.Payer]bool
	orders    []*order
	open      []func() bool // requests whose outcome is not known: each is repeated until it reports true
	busy      int           // people who have not gone home
	ended     bool          // and everything is settled

	operations, committed, deaths, examined int
}

// newWorld draws a world. Two worlds of one seed are the same, and one with a
// smaller budget does the same as the other for as long as its budget lasts.
func newWorld(seed uint64, budget int, told *story) (*world, error) {
	var key [32]byte
	binary.BigEndian.PutUint64(key[:], seed)
	r := rand.New(rand.NewPCG(seed, 0x706179636f6465)) // "paycode"
	w := &world{
		seed: seed, budget: budget, random: r, bytes: rand.NewChaCha8(key), story: told,
		weather: drawWeather(r), habits: drawHabits(r), audit: auditor.New(2 * maxApart),
		buckets: 1 + r.IntN(4), profile: paycode.DefaultProfile(), activeKey: 1, reachable: map[ids.Payer]bool{},
	}
	w.away = make([]time.Duration, w.buckets)
	began := time.Date(2026, 1, 1+r.IntN(365), 0, 0, 0, 0, time.UTC).Add(-w.upTo([]time.Duration{minute / 2, 2 * time.Hour}[r.IntN(2)]))
	w.loop = &loop{random: r, began: began}
	keys, err := publicKeys()
	if err != nil {
		return nil, err
	}
	if w.verifier, err = pass.NewVerifier(keys...); err != nil {
		return nil, err
	}
	w.engine, err = sqlite.OpenMemory(w.buckets)
	return w, err
}

// chance is true with a probability.
func (w *world) chance(p float64) bool { return p > 0 && w.random.Float64() < p }

// upTo is a time from 0 to most.
func (w *world) upTo(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return time.Duration(w.random.Int64N(int64(most)))
}

// say tells what somebody does.
func (w *world) say(who, format string, args ...any) {
	if w.story != nil {
		w.story.say(w.loop.now(), who, format, args...)
	}
}

// examineEvery is after how many operations the whole books are gone through.
const examineEvery = 400

// longestNight is how long it may take at most until everything is settled.
const longestNight = 12 * time.Hour

// run lives the world through and answers the first violation, or nil.
func (w *world) run() *auditor.Violation {
	defer w.close()
	w.loop.begin(nil, w.live)
	evening := time.Duration(0) // when the last operation was begun
	for w.audit.Violation() == nil && !w.ended {
		if w.loop.panicked != nil {
			return &auditor.Violation{Rule: "a server panics", Facts: w.loop.panicked.Error()}
		}
		if !w.loop.step() {
			return &auditor.Violation{Rule: "nothing goes on", Facts: "everybody waits for what never comes"}
		}
		if !w.night() {
			evening = w.loop.passed
		} else if w.loop.passed-evening > longestNight {
			return &auditor.Violation{Rule: "it does not come to an end", Facts: "somebody still waits for an answer, hours after the last request"}
		}
		if w.operations/examineEvery > w.examined {
			w.examined++
			w.examine(false)
		}
	}
	if w.ended {
		w.examine(true)
	}
	return w.audit.Violation()
}

// close frees what the world holds.
func (w *world) close() {
	w.loop.end()
	w.engine.Close()
}

// live is the world's own coroutine: it opens the town, lets people live until
// the budget is used up, and then has everything settled in fair weather.
func (w *world) live() {
	stormy := w.weather
	w.weather = stormy.fair()
	for n := range 1 + w.random.IntN(3) {
		w.servers = append(w.servers, w.start(n+1))
	}
	w.found()
	w.weather = stormy
	for _, l := range w.servers {
		if stormy.apart > 0 {
			l.ahead = w.upTo(2*stormy.apart) - stormy.apart
		}
	}
	w.say("world", "seed %d, %d buckets, %d servers, weather %+v, habits %+v", w.seed, w.buckets, len(w.servers), w.weather, w.habits)
	for _, t := range w.tills {
		w.person(t.live)
	}
	for _, p := range w.phones {
		w.person(p.live)
	}
	for _, g := range w.gates {
		w.person(g.live)
	}
	w.person(w.operator)
	w.person(w.nemesis)
	for w.busy > 0 {
		w.loop.pause(time.Second)
	}
	w.settle()
	w.ended = true
}

// person runs somebody until the town goes home.
func (w *world) person(live func()) {
	w.busy++
	w.loop.begin(nil, func() {
		live()
		w.busy--
	})
}

// night reports whether it is time to go home.
func (w *world) night() bool { return w.operations >= w.budget }

// nemesis kills servers, takes buckets away and lets days pass.
func (w *world) nemesis() {
	for {
		w.loop.pause(w.upTo(2 * time.Second))
		if w.night() {
			return
		}
		if w.chance(w.weather.crash) {
			if l := w.servers[w.random.IntN(len(w.servers))]; !l.dead {
				l.die("for no reason")
			}
		}
		if w.chance(w.weather.outage) {
			bucket := w.random.IntN(w.buckets)
			w.away[bucket] = w.loop.passed + w.upTo(20*time.Second)
			w.say("world", "bucket %d is away until %v", bucket, w.loop.began.Add(w.away[bucket]))
		}
		if w.chance(w.weather.leap) {
			w.leap()
		}
	}
}

// leap lets hours or weeks pass at once, or the time to midnight.
func (w *world) leap() {
	now := w.loop.now()
	switch w.random.IntN(8) {
	case 0:
		w.loop.passed += w.upTo(40 * 24 * time.Hour)
	case 1, 2, 3:
		w.loop.passed += w.upTo(20 * time.Minute)
	default:
		w.loop.passed += now.Truncate(24 * time.Hour).Add(24*time.Hour - w.upTo(5*time.Second)).Sub(now)
	}
	w.say("world", "%v pass", w.loop.now().Sub(now))
}

// number names the n-th of its kind, from 0 on.
func number(what string, n int) string { return fmt.Sprintf("%s-%d", what, n+1) }
