package bench

import "time"

// Result is what came of a run.
type Result struct {
	Payments   int64 // that succeeded
	Refunds    int64 // that were made
	Declined   int64 // charges that were answered and did not succeed
	Refused    int64 // requests answered with 429 or 503: nothing was done
	Errors     int64 // connections that broke, and answers that were none
	Unknown    int64 // of the errors, those after which nobody knows whether it was paid
	FirstError string
	RanOut     bool          // ended early because no payer had a code left
	Elapsed    time.Duration // from the first request to the last answer
	Latency    Histogram     // of payments that succeeded
	Refusal    Histogram     // of refusals
	PerSlot    []int64       // payments that succeeded in each slot of time
	ServerCPU  time.Duration // that the server used meanwhile; 0 when it does not say
	ClientCPU  time.Duration // that this process used meanwhile
}

// Slot is the length of one of Result.PerSlot.
const Slot = 250 * time.Millisecond

// PerSecond is how many payments a second succeeded.
func (r *Result) PerSecond() float64 { return perSecond(r.Payments, r.Elapsed) }

// RefusedPerSecond is how many requests a second were refused.
func (r *Result) RefusedPerSecond() float64 { return perSecond(r.Refused, r.Elapsed) }

func perSecond(n int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// ServerEach is the server's processor time for each payment.
func (r *Result) ServerEach() time.Duration { return r.ServerCPU / time.Duration(max(1, r.Payments)) }

// ClientEach is this process's processor time for each payment.
func (r *Result) ClientEach() time.Duration { return r.ClientCPU / time.Duration(max(1, r.Payments)) }

// Add takes in another run of the same load, as if one had followed the other
// at once.
func (r *Result) Add(o *Result) {
	r.Payments, r.Refunds = r.Payments+o.Payments, r.Refunds+o.Refunds
	r.Declined, r.Refused = r.Declined+o.Declined, r.Refused+o.Refused
	r.Errors, r.Unknown = r.Errors+o.Errors, r.Unknown+o.Unknown
	if r.FirstError == "" {
		r.FirstError = o.FirstError
	}
	r.RanOut = r.RanOut || o.RanOut
	r.Elapsed += o.Elapsed
	r.Latency.merge(&o.Latency)
	r.Refusal.merge(&o.Refusal)
	r.PerSlot = append(r.PerSlot, o.PerSlot...)
	r.ServerCPU, r.ClientCPU = r.ServerCPU+o.ServerCPU, r.ClientCPU+o.ClientCPU
}

// note counts a payment that succeeded so long after the run began.
func (r *Result) note(since time.Duration) {
	slot := int(since / Slot)
	for len(r.PerSlot) <= slot {
		r.PerSlot = append(r.PerSlot, 0)
	}
	r.PerSlot[slot]++
	r.Payments++
}

func (r *Result) fail(err string) {
	r.Errors++
	if r.FirstError == "" {
		r.FirstError = err
	}
}
