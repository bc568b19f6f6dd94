package main

import (
	"fmt"
	"text/tabwriter"
	"time"
)

// report is what is printed. Latencies are in milliseconds.
type report struct {
	PerSecond     float64 `json:"payments_per_second"`
	Payments      int64   `json:"payments"`
	Declined      int64   `json:"declined"`
	Errors        int64   `json:"errors"`
	FirstError    string  `json:"first_error,omitempty"`
	RanOut        bool    `json:"ran_out_of_codes,omitempty"`
	Seconds       float64 `json:"seconds"`
	P50           float64 `json:"p50_ms"`
	P95           float64 `json:"p95_ms"`
	P99           float64 `json:"p99_ms"`
	P999          float64 `json:"p999_ms"`
	Max           float64 `json:"max_ms"`
	Clients       int     `json:"clients"`
	Payers        int     `json:"payers"`
	Merchants     int     `json:"merchants"`
	CPUs          int     `json:"cpus"`
	ServerSeconds float64 `json:"server_cpu_seconds"`
	ClientSeconds float64 `json:"client_cpu_seconds"`
	Postings      int64   `json:"postings"`
	Balanced      bool    `json:"balanced"`
	Expected      int64   `json:"postings_expected"`
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (r report) print(s *streams) error {
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "payments a second\t%.0f\n", r.PerSecond)
	fmt.Fprintf(t, "payments\t%d in %.1f s, %d declined, %d errors\n", r.Payments, r.Seconds, r.Declined, r.Errors)
	fmt.Fprintf(t, "latency\tp50 %.1f ms, p95 %.1f ms, p99 %.1f ms, p99.9 %.1f ms, longest %.1f ms\n", r.P50, r.P95, r.P99, r.P999, r.Max)
	fmt.Fprintf(t, "load\t%d clients, %d payers, %d merchants, on this machine with %d processors\n", r.Clients, r.Payers, r.Merchants, r.CPUs)
	fmt.Fprintf(t, "processor time\tserver %.1f s, load generator %.1f s\n", r.ServerSeconds, r.ClientSeconds)
	if r.RanOut {
		fmt.Fprintf(t, "cut short\tno payer had a code left: raise --payers\n")
	}
	if r.FirstError != "" {
		fmt.Fprintf(t, "the first that failed\t%s\n", r.FirstError)
	}
	books := "balance, and hold every payment that was answered, once"
	if !r.Balanced || r.Postings != r.Expected {
		books = fmt.Sprintf("DO NOT AGREE: balanced %t, %d postings, expected %d", r.Balanced, r.Postings, r.Expected)
	}
	fmt.Fprintf(t, "the books\t%s\n", books)
	return t.Flush()
}
