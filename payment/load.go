package payment

// Load is what a Processor is busy with at a moment.
type Load struct {
	Waiting  int // claims and commands that are in no batch yet
	InFlight int // all of them, except those of suspect lanes
	Limit    int // of InFlight, beyond which what is new is refused
	Running  int // batches
	Slow     int // those of them that gave their place to others
	Suspect  int // lanes whose last batch failed, or hangs

	Refused uint64 // requests that were not let in, since the start
	Again   uint64 // batches that were tried again, since the start
}

// Load looks at all lanes.
func (p *Processor) Load() Load { return p.lanes.Load() }

// Busy reports whether a new charge would be refused whoever pays. It is cheap:
// a server asks before it reads a request.
func (p *Processor) Busy() bool {
	l := p.lanes
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inFlight < l.backlog.most(l.limit) {
		return false
	}
	l.refused++
	return true
}

// Load implements Processor.Load.
func (l *lanes) Load() Load {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := Load{InFlight: l.inFlight, Limit: l.backlog.most(l.limit), Slow: l.slow, Refused: l.refused, Again: l.again}
	for i := range l.loads {
		w := &l.loads[i]
		sum.Waiting += w.waiting
		sum.Running += w.running
		if w.suspect {
			sum.Suspect++
		}
	}
	return sum
}
