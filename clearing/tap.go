package clearing

import (
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
)

// Tap is what a gate saw: somebody was let through.
type Tap struct {
	Seq          uint64    // of the gate, from 1
	At           time.Time // by the gate's clock
	Kind         access.TapKind
	Presentation []byte // as it was shown, see package pass
}

// Reason is why a tap was rejected; empty for one that is good. Beside those
// below they are the words of package pass.
type Reason string

// The reasons of clearing's own.
const (
	// Future is for a tap later than now: the gate's clock is wrong.
	Future Reason = "clock"
	// UnknownPass is for a pass that was never issued here, or so long ago that nobody remembers.
	UnknownPass Reason = "pass_unknown"
	// OtherCurrency is for a pass in another currency than the fares of the gate.
	OtherCurrency Reason = "currency_mismatch"
	// SeqConflict is for a number that the gate has used for another tap.
	SeqConflict Reason = "seq_conflict"
)

// Result is what became of a tap that was uploaded.
type Result string

// The results.
const (
	Accepted  Result = "accepted"
	Duplicate Result = "duplicate" // known already, or a copy of one that another gate has seen
	Rejected  Result = "rejected"
)

// Copied is the reason told with Duplicate for a presentation that was shown
// elsewhere too: at most one of the two is a ride.
const Copied Reason = "copied"

// Answer says what became of one tap.
type Answer struct {
	Seq    uint64
	Result Result
	Reason Reason
}

// Filed is a tap as it is kept with its gate.
type Filed struct {
	Tap
	Gate           ids.Gate
	PresentationID [32]byte
	Owner          Owner // of the pass; zero when rejected
	Reason         Reason
	ReceivedAt     time.Time
}

// Owner is whose a pass is.
type Owner struct {
	Payer  ids.Payer
	Device ids.Device
}

// Boarding is a tap as the rider's rows know it. A presentation is one boarding,
// however often it is shown.
type Boarding struct {
	Presentation [32]byte
	Owner
	Gate          ids.Gate
	Seq           uint64
	Merchant      ids.Merchant
	Line, Station string
	At            time.Time
	Kind          access.TapKind
	Cap           money.Amount // the most that the ride costs, as the pass says
	OnCredit      bool
}

// ahead is how far a gate's clock may be ahead of ours.
const ahead = 5 * time.Minute

// judge verifies a tap of a gate from its bytes, at the time that the gate wrote down.
func judge(v *pass.Verifier, gate ids.Gate, t Tap, fares money.Currency, now time.Time) (pass.Presentation, Reason) {
	p, err := v.VerifyAsOf(t.Presentation, t.At)
	switch {
	case err != nil:
		return p, Reason(pass.Word(err))
	case !madeFor(gate, p.Challenge):
		return p, Reason(pass.Word(pass.ErrChallenge))
	case t.At.Sub(now) > ahead:
		return p, Future
	case p.Pass.Currency != fares:
		return p, OtherCurrency
	}
	return p, ""
}

// madeFor reports whether a gate may have read a presentation. A reader of devices
// has its gate signed for: no other can bring what it read, or would have.
func madeFor(gate ids.Gate, challenge []byte) bool {
	c, err := paycode.ParseChallenge(challenge)
	return err != nil || ids.Gate(c.Merchant) == gate // err: shown to a camera, or a reader of another kind
}

// boarding is a filed tap for the rider's rows. Its presentation was verified.
func boarding(f Filed, g access.Gate) (Boarding, error) {
	p, err := pass.Parse(f.Presentation)
	return Boarding{
		Presentation: f.PresentationID, Owner: f.Owner, Gate: f.Gate, Seq: f.Seq,
		Merchant: g.Merchant, Line: g.Line, Station: g.Station, At: f.At, Kind: f.Kind,
		Cap: money.Amount{Minor: p.Pass.CapMinor, Currency: p.Pass.Currency}, OnCredit: p.Pass.Fund == pass.Credit,
	}, err
}
