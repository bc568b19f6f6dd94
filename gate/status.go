package gate

import (
	"sync"
	"time"

	"github.com/paycode/paycode/clock"
	"github.com/paycode/paycode/gate/journal"
	"github.com/paycode/paycode/ids"
)

// Alarm is something that somebody has to see to. Pages have words for each.
type Alarm string

// The alarms of a gate.
const (
	AlarmClockBehind Alarm = "clock_behind" // nobody goes through
	AlarmClockOff    Alarm = "clock_off"    // nobody goes through
	AlarmUnprepared  Alarm = "unprepared"   // nobody goes through
	AlarmDisk        Alarm = "disk"         // nobody goes through until the gate is started again
	AlarmJournal     Alarm = "journal"      // taps in the journal were changed or are missing
	AlarmRefused     Alarm = "refused"      // the server refuses the gate's key
	AlarmCloned      Alarm = "cloned"       // another gate uploads under this one's name
)

// Status is how a gate stands.
type Status struct {
	ID       ids.Gate         `json:"id"`
	Name     string           `json:"name"`
	Line     string           `json:"line"`
	Station  string           `json:"station,omitempty"`
	Kind     journal.Kind     `json:"kind"`
	Now      time.Time        `json:"now"` // the gate's clock
	Online   bool             `json:"online"`
	Gone     uint64           `json:"gone"`     // decisions since the gate was opened
	Refused  uint64           `json:"refused"`  // decisions since the gate was opened
	Taps     uint64           `json:"taps"`     // the last tap's number
	Queue    uint64           `json:"queue"`    // taps that are to be uploaded
	Rejected uint64           `json:"rejected"` // taps that the server would not have
	SyncedAt *time.Time       `json:"synced_at,omitempty"`
	DenyAt   *time.Time       `json:"deny_at,omitempty"` // when the deny list was last complete
	Deny     uint64           `json:"deny_number"`
	Denied   int              `json:"deny_passes"`
	Alarms   []Alarm          `json:"alarms"`
	Damage   []journal.Damage `json:"damage,omitempty"`
	Torn     int              `json:"torn_bytes,omitempty"` // cut off at the last start
}

// Status tells how the gate stands.
func (g *Gate) Status() Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.settings.Config
	s := Status{
		ID: c.Gate.ID, Name: c.Gate.Name, Line: c.Gate.Line, Station: c.Gate.Station, Kind: c.Kind,
		Now: g.Now(), Online: g.link.online, Gone: g.counts.gone, Refused: g.counts.refused, Taps: g.journal.Last(),
		Rejected: g.memory.Rejected, SyncedAt: unlessZero(g.memory.SyncedAt), DenyAt: unlessZero(g.memory.DenyAt),
	}
	s.Queue = s.Taps - min(s.Taps, g.memory.Uploaded)
	s.Deny, s.Denied = g.deny.Number()
	s.Damage, s.Torn = g.journal.Damage()
	s.Alarms = g.alarms(s)
	return s
}

func (g *Gate) alarms(s Status) []Alarm {
	found := []Alarm{}
	wrong := g.clock.Check(s.Now)
	for _, a := range []struct {
		is    bool
		alarm Alarm
	}{
		{wrong == clock.ErrBehind, AlarmClockBehind},
		{wrong == clock.ErrOff, AlarmClockOff},
		{!g.prepared, AlarmUnprepared},
		{g.journal.Err() != nil, AlarmDisk},
		{len(s.Damage) > 0, AlarmJournal},
		{g.link.refused != nil, AlarmRefused},
		{g.link.cloned, AlarmCloned},
	} {
		if a.is {
			found = append(found, a.alarm)
		}
	}
	return found
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// listeners hear every decision.
type listeners struct {
	mu  sync.Mutex
	all map[int]chan<- Decision
	n   int
}

// Listen sends every decision to a channel until the function that it answers is
// called. A channel that is full misses some: no gate waits for who listens.
func (g *Gate) Listen(to chan<- Decision) (stop func()) {
	g.told.mu.Lock()
	defer g.told.mu.Unlock()
	if g.told.all == nil {
		g.told.all = map[int]chan<- Decision{}
	}
	g.told.n++
	n := g.told.n
	g.told.all[n] = to
	return func() {
		g.told.mu.Lock()
		defer g.told.mu.Unlock()
		delete(g.told.all, n)
	}
}

func (l *listeners) tell(d Decision) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, to := range l.all {
		select {
		case to <- d:
		default:
		}
	}
}
