package report

import (
	"math"
	"strconv"

	"github.com/paycode/paycode/bench"
)

// charts are those of a measurement.
func charts(m *bench.Measured) (all []chart) {
	if m == nil {
		return nil
	}
	if len(m.Phases) > 0 {
		all = append(all, percentiles(m))
	}
	if s := m.Phase(bench.Steady); s != nil && len(s.PerSlot) > 2 {
		all = append(all, throughput(s))
	}
	if len(m.Ramp) > 1 {
		all = append(all, rampRate(m), rampLatency(m))
	}
	return all
}

// percentiles is the curve that HdrHistogram has made usual: how long the best
// of 90, 99, 99.9 … per cent took, each as wide as the one before.
func percentiles(m *bench.Measured) chart {
	c := chart{Title: "Latency by percentile", X: "percentile", Y: "ms"}
	var counted, least, most float64 = 1, math.Inf(1), 0
	for i := range m.Phases {
		if h := &m.Phases[i].Latency; h.Count() > 0 {
			counted = math.Max(counted, float64(h.Count()))
			least, most = math.Min(least, ms(h.Quantile(0))), math.Max(most, ms(h.Max()))
		}
	}
	x, y := across(0, math.Max(1, math.Log10(counted)), false), decades(math.Min(least, most), most)
	for i := range m.Phases {
		p := &m.Phases[i]
		if p.Latency.Count() == 0 {
			continue
		}
		var points []point
		end := math.Log10(float64(p.Latency.Count()))
		for nines := 0.0; nines <= end; nines += 0.02 {
			points = append(points, point{nines, ms(p.Latency.Quantile(1 - math.Pow(10, -nines)))})
		}
		points = append(points, point{end, ms(p.Latency.Max())})
		c.Lines = append(c.Lines, line{p.Name, class(i), path(points, x, y)})
	}
	c.XTicks = []tick{{x.place(0), "0"}, {x.place(-math.Log10(0.5)), "50"}}
	for n, label := range []string{"90", "99", "99.9", "99.99", "99.999", "99.9999"} {
		if at := float64(n + 1); at <= x.to {
			c.XTicks = append(c.XTicks, tick{x.place(at), label})
		}
	}
	c.YTicks = ticks(y)
	return c
}

// class is the colour of the i-th curve.
func class(i int) string { return "s" + strconv.Itoa(i%6) }

// throughput is payments a second over the time of a phase, without its last
// slot, which is seldom whole.
func throughput(p *bench.Phase) chart {
	slot := bench.Slot.Seconds()
	var points []point
	most := 0.0
	for i, n := range p.PerSlot[:len(p.PerSlot)-1] {
		v := float64(n) / slot
		points = append(points, point{(float64(i) + 0.5) * slot, v})
		most = math.Max(most, v)
	}
	x, y := across(0, float64(len(p.PerSlot)-1)*slot, false), upwards(nice(most))
	return chart{
		Title: "Throughput over time, steady", X: "seconds", Y: "payments/s",
		Lines:  []line{{"in each quarter of a second", class(0), path(points, x, y)}},
		XTicks: ticks(x), YTicks: ticks(y),
	}
}

// connections is the axis of the ramp.
func connections(m *bench.Measured) (s scale, at []tick) {
	s = across(float64(m.Ramp[0].Clients), float64(m.Ramp[len(m.Ramp)-1].Clients), true)
	for i := range m.Ramp {
		at = append(at, tick{s.place(float64(m.Ramp[i].Clients)), strconv.Itoa(m.Ramp[i].Clients)})
	}
	return s, at
}

func rampRate(m *bench.Measured) chart {
	x, at := connections(m)
	var points []point
	most := 0.0
	for i := range m.Ramp {
		p := &m.Ramp[i]
		points = append(points, point{float64(p.Clients), p.PerSecond()})
		most = math.Max(most, p.PerSecond())
	}
	y := upwards(nice(most))
	c := chart{Title: "Throughput by connections", X: "connections", Y: "payments/s",
		Lines: []line{{"payments/s", class(0), path(points, x, y)}}, XTicks: at, YTicks: ticks(y)}
	for _, p := range points {
		c.Marks = append(c.Marks, point{x.place(p.X), y.place(p.Y)})
	}
	return c
}

func rampLatency(m *bench.Measured) chart {
	x, at := connections(m)
	most := 0.0
	for i := range m.Ramp {
		most = math.Max(most, ms(m.Ramp[i].Latency.Quantile(0.99)))
	}
	y := upwards(nice(most))
	c := chart{Title: "Latency by connections", X: "connections", Y: "ms", XTicks: at, YTicks: ticks(y)}
	for i, q := range []struct {
		name string
		of   float64
	}{{"p50", 0.5}, {"p99", 0.99}} {
		var points []point
		for j := range m.Ramp {
			points = append(points, point{float64(m.Ramp[j].Clients), ms(m.Ramp[j].Latency.Quantile(q.of))})
		}
		c.Lines = append(c.Lines, line{q.name, class(i), path(points, x, y)})
	}
	return c
}
