package payment

import (
	"errors"
	"testing"
	"time"
)

func TestPick(t *testing.T) {
	now := time.Unix(1795284017, 0)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	full, half := load{waiting: 8, oldest: now}, load{waiting: 4, oldest: now}
	with := func(l load, change func(*load)) load { change(&l); return l }
	for name, c := range map[string]struct {
		lanes    []load
		mayProbe bool
		want     int
	}{
		"nothing waits":              {[]load{{}, {}}, true, -1},
		"the fullest":                {[]load{{}, half, full}, true, 2},
		"as full: the older":         {[]load{full, with(full, func(l *load) { l.oldest = ago(1) })}, true, 1},
		"as full and old: the first": {[]load{full, full}, true, 0},
		"one that starves":           {[]load{full, {waiting: 1, oldest: ago(starving + 1)}}, true, 1},
		"the one that starves most":  {[]load{{waiting: 9, oldest: ago(starving + 1)}, {waiting: 1, oldest: ago(starving + 2)}}, true, 1},
		"one batch at a time":        {[]load{with(full, func(l *load) { l.running = 1 }), half}, true, 1},
		"one beside, for many":       {[]load{with(full, func(l *load) { l.running, l.waiting = 1, beside }), half}, true, 0},
		"not a third":                {[]load{with(full, func(l *load) { l.running, l.waiting = 2, beside }), half}, true, 1},
		"one beside a slow one":      {[]load{with(full, func(l *load) { l.running, l.slow = 1, 1 }), half}, true, 0},
		"and no more":                {[]load{with(full, func(l *load) { l.running, l.slow = 2, 2 }), half}, true, 1},
		"a suspect alone":            {[]load{with(full, func(l *load) { l.suspect, l.running, l.slow = true, 1, 1 }), half}, true, 1},
		"a suspect that rests":       {[]load{with(full, func(l *load) { l.suspect, l.resting = true, true }), half}, true, 1},
		"a suspect":                  {[]load{with(full, func(l *load) { l.suspect = true }), half}, true, 0},
		"too many suspects":          {[]load{with(full, func(l *load) { l.suspect = true }), half}, false, 1},
		"the clock was set back":     {[]load{{waiting: 1, oldest: now.Add(time.Hour)}, half}, true, 1},
	} {
		if got := pick(c.lanes, c.mayProbe, true, now); got != c.want {
			t.Errorf("%s: lane %d, want %d", name, got, c.want)
		}
	}
}

// TestCompany: beside others a batch begins when it is large or has waited.
func TestCompany(t *testing.T) {
	now := time.Unix(1795284017, 0)
	small, large := load{waiting: company - 1, oldest: now}, load{waiting: company, oldest: now}
	late := load{waiting: 1, oldest: now.Add(-companyWait)}
	for name, c := range map[string]struct {
		lanes []load
		alone bool
		want  int
	}{
		"a small one alone":            {[]load{small}, true, 0},
		"a small one beside others":    {[]load{small}, false, -1},
		"a large one beside others":    {[]load{small, large}, false, 1},
		"one that has waited":          {[]load{small, late}, false, 1},
		"the larger of those that may": {[]load{late, large}, false, 1},
	} {
		if got := pick(c.lanes, true, c.alone, now); got != c.want {
			t.Errorf("%s: lane %d, want %d", name, got, c.want)
		}
	}
}

func TestRest(t *testing.T) {
	for failed, want := range map[int]time.Duration{1: shortRest, 2: 2 * shortRest, 4: 8 * shortRest, 6: longRest, 1000: longRest} {
		if got := rest(failed); got != want {
			t.Errorf("after %d failures: %v, want %v", failed, got, want)
		}
	}
}

func TestAdmit(t *testing.T) {
	for name, c := range map[string]struct {
		lane                     load
		inFlight, limit, crowded int
		want                     error
	}{
		"room":                      {load{}, 99, 100, 3, nil},
		"none":                      {load{}, 100, 100, 3, ErrOverloaded},
		"a full lane may have all":  {load{jobs: 99}, 99, 100, 3, nil},
		"a slow one has its share":  {load{jobs: 24, running: 1, slow: 1}, 50, 100, 4, nil},
		"and no more":               {load{jobs: 25, running: 1, slow: 1}, 50, 100, 4, ErrOverloaded},
		"nobody else is there":      {load{slow: 1}, 0, 100, 0, nil},
		"a suspect has few":         {load{suspect: true, jobs: suspectJobs - 1}, 0, 100, 1, nil},
		"and no more, however idle": {load{suspect: true, jobs: suspectJobs}, 0, 100, 1, ErrUnavailable},
		"whatever the others have":  {load{suspect: true}, 100, 100, 9, nil},
	} {
		if got := admit(&c.lane, c.inFlight, c.limit, c.crowded); !errors.Is(got, c.want) || (c.want == nil) != (got == nil) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestQueueStands: a queue is held for one that stands only when all jobs are late for
// some time, and to have gone only when all are quick for as long.
func TestQueueStands(t *testing.T) {
	var b backlog
	now := time.Unix(1795284017, 0)
	for _, step := range []struct {
		what string
		took time.Duration
		last time.Duration
		want bool
	}{
		{"quick", promised, time.Second, false},
		{"a disk stood still", 60 * time.Millisecond, stands - time.Millisecond, false},
		{"and goes on", promised, time.Millisecond, false},
		{"late for long", promised + 1, stands, true},
		{"as promised", promised, time.Second, true},
		{"quick for a moment", promised / 2, stands - time.Millisecond, true},
		{"one is not", promised, 0, true},
		{"quick for a moment again", promised / 2, stands - time.Millisecond, true},
		{"and for longer", promised / 2, stands, false},
	} {
		for end := now.Add(step.last); !now.After(end); now = now.Add(time.Millisecond) {
			b.saw(step.took, now)
		}
		if b.standing != step.want {
			t.Errorf("%s: standing %v", step.what, b.standing)
		}
	}
	if b.most(200) != 200*spike || b.most(mostInFlight) != mostInFlight {
		t.Errorf("%d and %d may be in flight", b.most(200), b.most(mostInFlight))
	}
	b.standing = true
	if b.most(200) != 200 {
		t.Errorf("%d may be in flight while a queue stands", b.most(200))
	}
}

func TestAdapt(t *testing.T) {
	for name, c := range map[string]struct {
		limit, inFlight int
		took            time.Duration
		want            int
	}{
		"as promised":                 {400, 400, promised, 400},
		"twice as long":               {400, 400, 2 * promised, 350}, // 200 would do, a quarter of the way there
		"half as long":                {400, 400, promised / 2, 500},
		"quick beside few":            {400, 2, time.Millisecond, 400},
		"slow beside few":             {400, 2, time.Minute, 300},
		"never less than the fewest":  {fewestInFlight, 1, time.Minute, fewestInFlight},
		"never more than the most":    {mostInFlight, mostInFlight, time.Microsecond, mostInFlight},
		"the clock was set back":      {400, 400, -time.Hour, 400},
		"no time at all":              {400, 400, 0, 400},
		"more in flight than allowed": {400, 800, 2 * promised, 400},
	} {
		if got := adapt(c.limit, c.inFlight, c.took); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
