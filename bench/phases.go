package bench

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// Plan is how long and how hard a server is loaded in each phase.
type Plan struct {
	Clients  []int         // numbers of connections that are tried; the best one goes on
	Step     time.Duration // of each number
	Steady   time.Duration // closed, at the best number
	Half     time.Duration // open, at half of the steady rate
	Rounds   int           // of one hot merchant in turn with all
	Tills    int           // rounds of Alipay's gateway in turn with our own call
	Slice    time.Duration // of each of them
	Refunds  time.Duration // with every fifth payment given back
	Overload time.Duration
	// OverloadClients is far more connections than can be served.
	OverloadClients int
	// Rest is how long a connection that was refused waits before its next charge,
	// in all phases: less than servers ask for, as tills are impatient.
	Rest time.Duration
}

// Full is a plan of two minutes.
func Full() Plan {
	return Plan{
		Clients: []int{8, 16, 32, 64, 96, 128, 192, 256}, Step: 2500 * time.Millisecond,
		Steady: 20 * time.Second, Half: 15 * time.Second, Rounds: 8, Tills: 4, Slice: 1500 * time.Millisecond,
		Refunds: 10 * time.Second, Overload: 10 * time.Second, OverloadClients: 2000, Rest: 200 * time.Millisecond,
	}
}

// Quick is a plan of twenty seconds.
func Quick() Plan {
	p := Full()
	p.Clients, p.Step = []int{32, 64, 128, 256}, time.Second
	p.Steady, p.Half, p.Rounds, p.Tills, p.Slice, p.Refunds, p.Overload = 5*time.Second, 4*time.Second, 2, 2, time.Second, 2*time.Second, 3*time.Second
	return p
}

// Scaled is the plan, made longer or shorter to take so long in all.
func (p Plan) Scaled(to time.Duration) Plan {
	by := float64(to) / float64(p.Takes())
	for _, d := range []*time.Duration{&p.Step, &p.Steady, &p.Half, &p.Slice, &p.Refunds, &p.Overload} {
		*d = time.Duration(float64(*d) * by)
	}
	return p
}

// Only is the plan without the phases that are not named, by the names that
// PlanNames lists. Without the ramp the middle of the numbers of connections is
// taken as the best.
func (p Plan) Only(names []string) Plan {
	kept := func(name string) bool { return slices.Contains(names, name) }
	for name, d := range map[string]*time.Duration{"steady": &p.Steady, "half": &p.Half, "refunds": &p.Refunds, "overload": &p.Overload} {
		if !kept(name) {
			*d = 0
		}
	}
	if !kept("skew") {
		p.Rounds = 0
	}
	if !kept("tills") {
		p.Tills = 0
	}
	if !kept("ramp") {
		p.Clients = p.Clients[len(p.Clients)/2:][:1]
	}
	return p
}

// PlanNames are the phases by the names that a command line has for them.
func PlanNames() []string {
	return []string{"ramp", "steady", "half", "skew", "refunds", "tills", "overload"}
}

// Takes is how long the phases charge in all.
func (p Plan) Takes() time.Duration {
	return time.Duration(len(p.Clients))*p.Step + p.Steady + p.Half + time.Duration(2*(p.Rounds+p.Tills))*p.Slice + p.Refunds + p.Overload
}

// Phase is one of a measurement.
type Phase struct {
	Name    string
	Load    string // in words
	Clients int
	Result
}

// Measured is what came of a plan.
type Measured struct {
	Ramp       []Phase // by number of connections
	Best       int     // that number with which the most payments a second succeeded, or nearly, and the fewest connections
	Phases     []Phase
	HotRatio   float64 // rate with one hot merchant, as a multiple of that with all
	TillsRatio float64 // rate by Alipay's gateway, as a multiple of that by our own call; 0 where the server has none
	PeakMemory int64   // bytes, of the server under overload; 0 when it does not say
}

// Phase is one of the phases, by name, or nil.
func (m *Measured) Phase(name string) *Phase {
	for i := range m.Phases {
		if m.Phases[i].Name == name {
			return &m.Phases[i]
		}
	}
	return nil
}

// The names of phases.
const (
	Steady   = "steady"
	HalfLoad = "half load"
	Hot      = "one hot merchant"
	Many     = "all merchants"
	Refunds  = "with refunds"
	Tills    = "by Alipay's gateway"
	Native   = "by our own call"
	Overload = "overload"
)

// Watch shows somebody how a phase goes on: its name, its length, and the count
// of what was answered. stop ends that.
type Watch func(name string, d time.Duration, answered *atomic.Int64) (stop func())

// measuring is a plan under way.
type measuring struct {
	*Measured
	world *World
	plan  Plan
	watch Watch
}

// Measure carries the plan out. A phase of no length is left out.
func (w *World) Measure(ctx context.Context, p Plan, watch Watch) (*Measured, error) {
	m := &measuring{&Measured{}, w, p, watch}
	for _, phase := range []func(context.Context) error{m.ramp, m.steady, m.half, m.skew, m.refunds, m.tills, m.overload} {
		if err := phase(ctx); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return m.Measured, nil
}

// run is one phase, watched.
func (m *measuring) run(ctx context.Context, name, words string, l Load) (Phase, error) {
	l.Answered, l.Rest = new(atomic.Int64), m.plan.Rest
	stop := m.watch(name, l.Duration, l.Answered)
	defer stop()
	r, err := m.world.Run(ctx, l)
	return Phase{name, words, l.Clients, r}, err
}

func (m *measuring) keep(p Phase, err error) error {
	m.Phases = append(m.Phases, p)
	return err
}

// nearly is the share of the best rate that is as good: beyond it connections
// only wait for each other.
const nearly = 0.97

func (m *measuring) ramp(ctx context.Context) error {
	if len(m.plan.Clients) == 1 {
		m.Best = m.plan.Clients[0]
		return nil
	}
	most := 0.0
	for _, n := range m.plan.Clients {
		p, err := m.run(ctx, fmt.Sprintf("%d connections", n), "closed", Load{Clients: n, Duration: m.plan.Step})
		if err != nil {
			return err
		}
		m.Ramp = append(m.Ramp, p)
		most = max(most, p.PerSecond())
	}
	for i := range m.Ramp {
		if p := &m.Ramp[i]; p.PerSecond() >= nearly*most {
			m.Best = p.Clients
			break
		}
	}
	return nil
}

func (m *measuring) steady(ctx context.Context) error {
	if m.plan.Steady == 0 {
		return nil
	}
	return m.keep(m.run(ctx, Steady, "closed, as many connections as serve best", Load{Clients: m.Best, Duration: m.plan.Steady}))
}

// half needs connections to spare: nothing that is due may wait for one.
func (m *measuring) half(ctx context.Context) error {
	steady := m.Phase(Steady)
	if m.plan.Half == 0 || steady == nil {
		return nil
	}
	l := Load{Clients: 4 * m.Best, Duration: m.plan.Half, PerSecond: max(1, steady.PerSecond()/2)}
	return m.keep(m.run(ctx, HalfLoad, fmt.Sprintf("open, %.0f a second fall due at random", l.PerSecond), l))
}

func (m *measuring) skew(ctx context.Context) error {
	entry := func(name string, merchants int) Entry {
		return Entry{name, func(ctx context.Context) (Result, error) {
			p, err := m.run(ctx, name, "", Load{Clients: m.Best, Duration: m.plan.Slice, Merchants: merchants})
			return p.Result, err
		}}
	}
	all := m.world.Merchants()
	turns, err := Alternate(ctx, m.plan.Rounds, entry(Hot, 1), entry(Many, all))
	if err != nil || m.plan.Rounds == 0 {
		return err
	}
	m.HotRatio = Ratio(&turns[0], &turns[1])
	m.Phases = append(m.Phases,
		Phase{Hot, "closed, in turn with the next", m.Best, turns[0].Result},
		Phase{Many, fmt.Sprintf("closed, %d of them in turn", all), m.Best, turns[1].Result})
	return nil
}

// refundEvery is every how many-th payment is given back in that phase.
const refundEvery = 5

func (m *measuring) refunds(ctx context.Context) error {
	if m.plan.Refunds == 0 {
		return nil
	}
	return m.keep(m.run(ctx, Refunds, fmt.Sprintf("closed, every %dth payment given back", refundEvery),
		Load{Clients: m.Best, Duration: m.plan.Refunds, RefundEvery: refundEvery}))
}

// tills are those that speak Alipay's OpenAPI, whose every answer is signed. A
// server that answers none leaves the phase out.
func (m *measuring) tills(ctx context.Context) error {
	if m.plan.Tills == 0 {
		return nil
	}
	if there, err := m.world.enrolTills(ctx); err != nil || !there {
		return err
	}
	entry := func(name string, gateway bool) Entry {
		return Entry{name, func(ctx context.Context) (Result, error) {
			p, err := m.run(ctx, name, "", Load{Clients: m.Best, Duration: m.plan.Slice, Gateway: gateway})
			return p.Result, err
		}}
	}
	turns, err := Alternate(ctx, m.plan.Tills, entry(Tills, true), entry(Native, false))
	if err != nil {
		return err
	}
	m.TillsRatio = Ratio(&turns[0], &turns[1])
	m.Phases = append(m.Phases,
		Phase{Tills, "closed, signed before the time counts, in turn with the next", m.Best, turns[0].Result},
		Phase{Native, "closed", m.Best, turns[1].Result})
	return nil
}

func (m *measuring) overload(ctx context.Context) error {
	if m.plan.Overload == 0 {
		return nil
	}
	stop := m.world.peakMemory(ctx)
	p, err := m.run(ctx, Overload, fmt.Sprintf("closed, the refused try again after %v", m.plan.Rest),
		Load{Clients: m.plan.OverloadClients, Duration: m.plan.Overload})
	m.PeakMemory = stop()
	return m.keep(p, err)
}
