package clearing

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/pass"
)

// ErrForgotten is for taps behind others that were answered for and are not here
// any more: the database was brought back to an older state.
var ErrForgotten = errors.New("clearing: taps that were answered for are not here any more")

// MaxTaps is how many taps are taken at once.
const MaxTaps = 500

// Take verifies and keeps taps of a gate, at most MaxTaps, and clears them. When
// it returns without an error they are durable. One bad tap keeps no other one
// back. The same taps again change nothing. after is the number up to which the
// gate was answered for its taps: with ErrForgotten the last of them is not here,
// nothing was taken, and it has to send again what follows Store.LastSeq. So no
// tap stands behind a gap that a restore has torn. What cannot be cleared at
// this moment is left to Run.
func (s *Service) Take(ctx context.Context, gate ids.Gate, after uint64, taps []Tap) ([]Answer, error) {
	g, err := s.Gates.Gate(ctx, gate)
	if err != nil {
		return nil, err
	}
	judged, err := s.judgeAll(ctx, gate, taps)
	if err != nil {
		return nil, err
	}
	first := map[uint64]int{} // where in taps a number stands for the first time
	var filing []Filed
	for i, f := range judged {
		if _, twice := first[f.Seq]; !twice {
			first[f.Seq] = i
			filing = append(filing, f)
		}
	}
	kept, fresh, err := s.Store.File(ctx, gate, after, filing)
	if err != nil {
		return nil, fmt.Errorf("clearing: file taps: %w", err)
	}
	bySeq, isFresh := map[uint64]Filed{}, map[uint64]bool{}
	var good []Filed
	for i, f := range kept {
		bySeq[f.Seq], isFresh[f.Seq] = f, fresh[i]
		if f.Reason == "" && fresh[i] {
			good = append(good, f)
		}
	}
	copies, _ := s.clearAll(ctx, g, good)
	answers := make([]Answer, len(judged))
	for i, f := range judged {
		answers[i] = answer(f, bySeq[f.Seq], isFresh[f.Seq] && first[f.Seq] == i, copies[f.Seq])
	}
	return answers, nil
}

// answer says what became of a tap, of which kept stands under its number.
func answer(f, kept Filed, fresh, copied bool) Answer {
	switch {
	case kept.PresentationID != f.PresentationID:
		return Answer{f.Seq, Rejected, SeqConflict}
	case kept.Reason != "":
		return Answer{f.Seq, Rejected, kept.Reason}
	case copied:
		return Answer{f.Seq, Duplicate, Copied}
	case !fresh:
		return Answer{f.Seq, Duplicate, ""}
	}
	return Answer{f.Seq, Accepted, ""}
}

// judgeAll verifies taps and finds whose their passes are.
func (s *Service) judgeAll(ctx context.Context, gate ids.Gate, taps []Tap) ([]Filed, error) {
	v, err := s.verify()
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	judged, passes := make([]Filed, len(taps)), make([]pass.Presentation, len(taps))
	wanted := map[int][]pass.Pass{}
	for i, t := range taps {
		p, reason := judge(v, gate, t, s.Terms.Currency, now)
		passes[i], judged[i] = p, Filed{Tap: t, Gate: gate, PresentationID: identify(p, t), Reason: reason, ReceivedAt: now}
		if reason == "" {
			b := s.bucketOf(p)
			wanted[b] = append(wanted[b], p.Pass)
		}
	}
	owners := map[int]map[[8]byte]Owner{}
	for _, b := range slices.Sorted(maps.Keys(wanted)) {
		if owners[b], err = s.Store.OwnersOf(ctx, b, wanted[b]); err != nil {
			return nil, fmt.Errorf("clearing: whose passes: %w", err)
		}
	}
	for i, p := range passes {
		if judged[i].Reason != "" {
			continue
		}
		var known bool
		if judged[i].Owner, known = owners[s.bucketOf(p)][p.Pass.ID]; !known {
			judged[i].Reason = UnknownPass
		}
	}
	return judged, nil
}

// bucketOf is where the rows of whoever has the pass are: his alias says so.
func (s *Service) bucketOf(p pass.Presentation) int {
	return int(uint64(p.Pass.Alias) % uint64(s.Buckets))
}

// verify is the verifier of the present keys. It remembers passes, so it is kept
// for as long as the keys are the same.
func (s *Service) verify() (*pass.Verifier, error) {
	keys, err := s.Keys()
	if err != nil {
		return nil, fmt.Errorf("clearing: issuer keys: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	same := func(a, b pass.PublicKey) bool { return a.ID == b.ID && slices.Equal(a.Key, b.Key) }
	if s.verifier == nil || !slices.EqualFunc(keys, s.keys, same) {
		if s.verifier, err = pass.NewVerifier(keys...); err != nil {
			return nil, fmt.Errorf("clearing: %w", err)
		}
		s.keys = keys
	}
	return s.verifier, nil
}

// identify is by what a copy of a presentation is known; of bytes that are none,
// their hash.
func identify(p pass.Presentation, t Tap) [32]byte {
	if p.ID != ([32]byte{}) {
		return p.ID
	}
	return sha256.Sum256(t.Presentation)
}
