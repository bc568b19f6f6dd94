package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/paycode/paycode/atomicfile"
	"github.com/paycode/paycode/gate/journal"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
)

// Errors of a gate's directory.
var (
	ErrNotEnrolled = errors.New("gate: not enrolled")
	ErrEnrolled    = errors.New("gate: this directory is another gate's")
	ErrBusy        = errors.New("gate: another process has this gate open")
	ErrFile        = errors.New("gate: a file of the gate cannot be read")
)

// Config is what the server says of a gate (GET /v1/gate/config).
type Config struct {
	Gate struct {
		ID      ids.Gate `json:"id"`
		Name    string   `json:"name"`
		Line    string   `json:"line"`
		Station string   `json:"station,omitempty"`
	} `json:"gate"`
	Kind            journal.Kind     `json:"kind"`
	IssuerKeys      []pass.PublicKey `json:"issuer_keys"`
	ServerTime      time.Time        `json:"server_time"`
	PassbackSeconds int64            `json:"passback_s"`
	NextSeq         uint64           `json:"next_seq"`       // the first number that the server has not seen
	Fare            *money.Amount    `json:"fare,omitempty"` // where every ride costs the same
}

// ErrAnswer is for an answer of the server that makes no sense.
var ErrAnswer = errors.New("gate: the server's answer cannot be used")

// check refuses what would make the gate useless or worse.
func (c *Config) check() error {
	switch {
	case c.Gate.ID.IsZero(), len(c.IssuerKeys) == 0, c.ServerTime.IsZero(), c.NextSeq == 0, c.PassbackSeconds < 0:
		return fmt.Errorf("%w: configuration", ErrAnswer)
	case c.Kind != journal.Ride && c.Kind != journal.Entry && c.Kind != journal.Exit:
		return fmt.Errorf("%w: kind of tap %q", ErrAnswer, c.Kind)
	}
	return nil
}

// settings are in gate.json, the file that makes a directory a gate's.
type settings struct {
	Server     string    `json:"server"`
	Key        string    `json:"key"`
	JournalKey []byte    `json:"journal_key"` // of the checksums of the journal
	Config     Config    `json:"config"`      // as the server said last
	FetchedAt  time.Time `json:"fetched_at"`
}

// memory is in memory.json: what changes from day to day besides the journal.
type memory struct {
	Uploaded uint64    `json:"uploaded"`  // the server has the taps up to this number
	Rejected uint64    `json:"rejected"`  // how often it would not have one
	SyncedAt time.Time `json:"synced_at"` // when the server last answered
	DenyAt   time.Time `json:"deny_at"`   // when the deny list was last complete
	// ClockAt is when the gate's clock was last found to agree with the server's, by
	// the gate's clock, and ClockSeq the last tap before: what those say is no alarm.
	ClockAt  time.Time `json:"clock_at"`
	ClockSeq uint64    `json:"clock_seq"`
}

const (
	settingsFile = "gate.json"
	memoryFile   = "memory.json"
)

func readSettings(dir string) (s settings, err error) {
	found, err := readJSON(filepath.Join(dir, settingsFile), &s)
	switch {
	case err != nil:
		return s, err
	case !found:
		return s, ErrNotEnrolled
	case len(s.JournalKey) < 16:
		return s, fmt.Errorf("%w: %s", ErrFile, settingsFile)
	}
	return s, s.Config.check()
}

func readMemory(dir string) (m memory, err error) {
	_, err = readJSON(filepath.Join(dir, memoryFile), &m)
	return m, err
}

func readJSON(path string, into any) (found bool, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("gate: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return false, fmt.Errorf("%w: %s", ErrFile, path)
	}
	return true, nil
}

func writeJSON(path string, what any) error {
	data, err := json.MarshalIndent(what, "", "  ")
	if err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	if err := atomicfile.Write(path, append(data, '\n')); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	return nil
}

func (g *Gate) saveMemory(m memory) error { return writeJSON(filepath.Join(g.dir, memoryFile), m) }

func (g *Gate) saveSettings(s settings) error {
	return writeJSON(filepath.Join(g.dir, settingsFile), s)
}

// lockPatience is how long a gate waits for a process that had it open to end.
const lockPatience = 3 * time.Second

// lock keeps other processes out. The system lets go of it when a process dies.
func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	type locked struct {
		unlock func()
		err    error
	}
	got := make(chan locked, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(filepath.Join(dir, "lock")).Lock()
		got <- locked{unlock, err}
	}()
	select {
	case l := <-got:
		if l.err != nil {
			return nil, fmt.Errorf("gate: %w", l.err)
		}
		return sync.OnceFunc(l.unlock), nil
	case <-time.After(lockPatience):
		go func() { // should it come after all
			if l := <-got; l.err == nil {
				l.unlock()
			}
		}()
		return nil, ErrBusy
	}
}
