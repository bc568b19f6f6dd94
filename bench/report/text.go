package report

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/paycode/paycode/bench"
)

// Text writes the tables.
func (r *Report) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range r.Conditions {
		fmt.Fprintf(t, "%s\t%s\n", c.Name, c.Value)
	}
	if m := r.Measured; m != nil {
		ramp(t, m)
		phases(t, m)
	}
	for _, c := range r.Contests {
		contest(t, c)
	}
	r.sum(t)
	return t.Flush()
}

func ramp(t io.Writer, m *bench.Measured) {
	if len(m.Ramp) == 0 {
		return
	}
	fmt.Fprintf(t, "\nconnections\tpayments/s\tp50 ms\tp99 ms\n")
	for i := range m.Ramp {
		p := &m.Ramp[i]
		mark := ""
		if p.Clients == m.Best {
			mark = "  best"
		}
		fmt.Fprintf(t, "%d\t%.0f\t%.1f\t%.1f%s\n", p.Clients, p.PerSecond(), ms(p.Latency.Quantile(0.5)), ms(p.Latency.Quantile(0.99)), mark)
	}
}

func phases(t io.Writer, m *bench.Measured) {
	if len(m.Phases) == 0 {
		return
	}
	fmt.Fprintf(t, "\nphase\tconnections\tpayments/s\tp50 ms\tp99 ms\tp99.9 ms\tlongest ms\tserver µs\tclient µs\n")
	for i := range m.Phases {
		p := &m.Phases[i]
		fmt.Fprintf(t, "%s\t%d\t%.0f\t%.1f\t%.1f\t%.1f\t%.1f\t%.0f\t%.1f\n", p.Name, p.Clients, p.PerSecond(),
			ms(p.Latency.Quantile(0.5)), ms(p.Latency.Quantile(0.99)), ms(p.Latency.Quantile(0.999)), ms(p.Latency.Max()), us(p.ServerEach()), us(p.ClientEach()))
	}
	fmt.Fprintln(t)
	for _, l := range Findings(m) {
		fmt.Fprintf(t, "%s\t%s\n", l.Name, l.Value)
	}
}

// Findings are what the phases come to, in words.
func Findings(m *bench.Measured) (all []bench.Condition) {
	if m.HotRatio > 0 {
		all = append(all, bench.Condition{Name: "one hot merchant", Value: fmt.Sprintf("%.2f of the rate with all (median of rounds in turn)", m.HotRatio)})
	}
	if m.TillsRatio > 0 {
		all = append(all, bench.Condition{Name: "Alipay's gateway", Value: fmt.Sprintf("%.2f of the rate by our own call (median of rounds in turn); clients signed before", m.TillsRatio)})
	}
	if p := m.Phase(bench.Refunds); p != nil {
		all = append(all, bench.Condition{Name: "refunds", Value: fmt.Sprintf("%d, mixed in", p.Refunds)})
	}
	if p := m.Phase(bench.Overload); p != nil {
		said := fmt.Sprintf("%.0f/s refused within %.1f ms (p99 %.1f ms)", p.RefusedPerSecond(), ms(p.Refusal.Quantile(0.5)), ms(p.Refusal.Quantile(0.99)))
		if p.Refused == 0 {
			said = "nobody was refused"
		}
		if m.PeakMemory > 0 {
			said += fmt.Sprintf(", server's memory at most %.0f MB", float64(m.PeakMemory)/megabyte)
		}
		all = append(all, bench.Condition{Name: "overload", Value: said})
	}
	return all
}

func contest(t io.Writer, c Contest) {
	fmt.Fprintf(t, "\n%s\tpayments/s\tp50 ms\tp99 ms\tours is\n", c.Name)
	for i, row := range c.Rows() {
		ratio := ""
		switch {
		case row.Ratio > 0:
			ratio = fmt.Sprintf("%.2f times", row.Ratio)
		case i > 0:
			ratio = "not measured"
		}
		fmt.Fprintf(t, "%s\t%.0f\t%.1f\t%.1f\t%s\n", row.Name, row.Median(), ms(row.Latency.Quantile(0.5)), ms(row.Latency.Quantile(0.99)), ratio)
	}
	fmt.Fprintf(t, "(%s)\n", c.About)
}

func (r *Report) sum(t io.Writer) {
	p := &r.Paid
	fmt.Fprintf(t, "\nall together\t%d payments, %d refunds, %d declined, %d refused, %d errors\n", p.Payments, p.Refunds, p.Declined, p.Refused, p.Errors)
	if p.RanOut {
		fmt.Fprintf(t, "cut short\tno payer had a code left: raise --devices\n")
	}
	if p.FirstError != "" {
		fmt.Fprintf(t, "the first that failed\t%s\n", p.FirstError)
	}
	books := "balance, and hold every payment that was answered, once"
	if r.Books != "" {
		books = "DO NOT AGREE: " + r.Books
	}
	fmt.Fprintf(t, "the books\t%s\n", books)
	fmt.Fprintf(t, "the audit\t%d postings in %.1f s\n", r.Audited, r.AuditTook.Seconds())
}
