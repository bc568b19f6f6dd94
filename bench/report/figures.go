package report

import "github.com/paycode/paycode/bench"

// Figures are what programs read. Latencies are in milliseconds.
type Figures struct {
	Conditions map[string]string `json:"conditions"`
	Ramp       []Figure          `json:"ramp,omitempty"`
	Best       int               `json:"best_connections,omitempty"`
	Phases     []Figure          `json:"phases,omitempty"`
	HotRatio   float64           `json:"hot_merchant_ratio,omitempty"`
	TillsRatio float64           `json:"alipay_gateway_ratio,omitempty"`
	PeakMemory int64             `json:"overload_peak_memory_bytes,omitempty"`
	Contests   []ContestFigures  `json:"contests,omitempty"`
	Payments   int64             `json:"payments"`
	Refunds    int64             `json:"refunds"`
	Declined   int64             `json:"declined"`
	Refused    int64             `json:"refused"`
	Errors     int64             `json:"errors"`
	FirstError string            `json:"first_error,omitempty"`
	RanOut     bool              `json:"ran_out_of_codes,omitempty"`
	BooksAgree bool              `json:"books_agree"`
}

// Figure is one measured rate with its latencies.
type Figure struct {
	Name       string  `json:"name"`
	Clients    int     `json:"connections,omitempty"`
	PerSecond  float64 `json:"payments_per_second"`
	Payments   int64   `json:"payments"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	P999       float64 `json:"p999_ms"`
	Max        float64 `json:"max_ms"`
	Refused    float64 `json:"refused_per_second,omitempty"`
	RefusedP99 float64 `json:"refused_p99_ms,omitempty"`
	ServerUS   float64 `json:"server_cpu_us,omitempty"`
	ClientUS   float64 `json:"client_cpu_us,omitempty"`
	Ratio      float64 `json:"ours_to_this,omitempty"`
}

// ContestFigures are those of a comparison.
type ContestFigures struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Entries []Figure `json:"entries"`
}

func figure(name string, clients int, r *bench.Result) Figure {
	return Figure{
		Name: name, Clients: clients, PerSecond: r.PerSecond(), Payments: r.Payments,
		P50: ms(r.Latency.Quantile(0.5)), P99: ms(r.Latency.Quantile(0.99)), P999: ms(r.Latency.Quantile(0.999)), Max: ms(r.Latency.Max()),
		Refused: r.RefusedPerSecond(), RefusedP99: ms(r.Refusal.Quantile(0.99)), ServerUS: us(r.ServerEach()), ClientUS: us(r.ClientEach()),
	}
}

// Figures are the report for programs.
func (r *Report) Figures() Figures {
	f := Figures{
		Conditions: map[string]string{}, Payments: r.Paid.Payments, Refunds: r.Paid.Refunds, Declined: r.Paid.Declined,
		Refused: r.Paid.Refused, Errors: r.Paid.Errors, FirstError: r.Paid.FirstError, RanOut: r.Paid.RanOut, BooksAgree: r.Books == "",
	}
	for _, c := range r.Conditions {
		f.Conditions[c.Name] = c.Value
	}
	if m := r.Measured; m != nil {
		f.Best, f.HotRatio, f.TillsRatio, f.PeakMemory = m.Best, m.HotRatio, m.TillsRatio, m.PeakMemory
		for i := range m.Ramp {
			f.Ramp = append(f.Ramp, figure(m.Ramp[i].Name, m.Ramp[i].Clients, &m.Ramp[i].Result))
		}
		for i := range m.Phases {
			f.Phases = append(f.Phases, figure(m.Phases[i].Name, m.Phases[i].Clients, &m.Phases[i].Result))
		}
	}
	for _, c := range r.Contests {
		of := ContestFigures{Name: c.Name, About: c.About}
		for _, row := range c.Rows() {
			one := figure(row.Name, 0, &row.Result)
			one.PerSecond, one.Ratio = row.Median(), row.Ratio
			of.Entries = append(of.Entries, one)
		}
		f.Contests = append(f.Contests, of)
	}
	return f
}
