package gate

import (
	"errors"
	"time"

	"github.com/paycode/paycode/gate/denylist"
	"github.com/paycode/paycode/pass"
)

// Reason is why a gate stays shut; empty for go. Pages have words for each.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	Clock         Reason = "clock"          // the gate's own clock cannot be right: an alarm
	Unprepared    Reason = "unprepared"     // the gate has no deny list: an alarm
	Malformed     Reason = "malformed"      // not a presentation
	UnknownIssuer Reason = "unknown_issuer" // no key of that number
	NotYet        Reason = "not_yet"        // the pass begins later
	Expired       Reason = "expired"        // the pass is over
	Stale         Reason = "stale"          // shown more than 90 s ago, or in the future
	OtherReader   Reason = "other_reader"   // by NFC: made for another reader's challenge
	Forged        Reason = "forged"         // a signature is wrong
	Denied        Reason = "denied"         // on the deny list
	Duplicate     Reason = "duplicate"      // this presentation went through already
	Passback      Reason = "passback"       // this pass went through a moment ago
	Disk          Reason = "disk"           // the tap could not be made durable: an alarm
)

// errUnprepared is for a gate that does not know whom to deny.
var errUnprepared = errors.New("gate: no deny list")

// known is what a gate knows when somebody comes.
type known struct {
	clock    error // of clock.check
	prepared bool  // has a deny list
	deny     interface{ Has(denylist.ID) bool }
	recent   *recent
	passback time.Duration
}

// decide says whether the gate opens for a presentation that pass.Verifier read,
// or refused with err. It is the only place where that is decided, and changes
// nothing. The order is that of docs/codes.md: the verifier has done the cheap
// checks first and the signatures last, and what needs memory comes after it.
func decide(p pass.Presentation, err error, k known, now time.Time) Reason {
	switch {
	case k.clock != nil:
		return Clock
	case !k.prepared:
		return Unprepared
	case err != nil:
		return refusal(err)
	case k.deny.Has(p.Pass.ID):
		return Denied
	case k.recent.seen(p.ID):
		return Duplicate
	case k.recent.within(p.Pass.ID, now, k.passback):
		return Passback
	}
	return ""
}

// refusal is the verifier's error as a reason.
func refusal(err error) Reason {
	for _, r := range refusals {
		if errors.Is(err, r.is) {
			return r.reason
		}
	}
	return Malformed
}

var refusals = [...]struct {
	is     error
	reason Reason
}{
	{pass.ErrUnknownIssuer, UnknownIssuer},
	{pass.ErrNotYet, NotYet},
	{pass.ErrExpired, Expired},
	{pass.ErrStale, Stale},
	{pass.ErrChallenge, OtherReader},
	{pass.ErrForged, Forged},
}
