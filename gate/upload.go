package gate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/gate/journal"
)

// uploadTaps is how many taps are uploaded at once.
const uploadTaps = 200

// keepTaps is how long taps that the server has are kept on the disk all the same:
// it may be put back to a backup, and then asks for them again.
const keepTaps = 7 * 24 * time.Hour

// tapsForgotten is the server's word for a gate that was answered for more than it has.
const tapsForgotten = "taps_forgotten"

// upTap is a tap as it is uploaded (POST /v1/gate/taps).
type upTap struct {
	Seq          uint64       `json:"seq"`
	At           time.Time    `json:"at"`
	Kind         journal.Kind `json:"kind"`
	Presentation []byte       `json:"presentation"`
}

// tapAnswer is what the server says of one tap.
type tapAnswer struct {
	Seq    uint64 `json:"seq"`
	Result string `json:"result"` // accepted, duplicate or rejected
	Reason string `json:"reason"`
}

// upload sends all taps that the server has not answered for, in order. How far it
// got is on the disk after each batch; a batch whose answer is lost is sent again,
// and the server knows its numbers. A server that has forgotten taps, because its
// database went back to an older state, takes none before it has those again.
func (g *Gate) upload(ctx context.Context, c *client.Client) error {
	for {
		uploaded, last := g.uploaded(), g.journal.Last()
		if uploaded >= last {
			return g.journal.Drop(uploaded, g.Now().Add(-keepTaps))
		}
		err := g.uploadSome(ctx, c, uploaded, last)
		if p := (*client.Problem)(nil); errors.As(err, &p) && p.Code == tapsForgotten {
			err = g.goBack(ctx, c, uploaded)
		}
		if err != nil {
			return err
		}
	}
}

// uploaded is the number up to which the server has answered for the taps.
func (g *Gate) uploaded() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.memory.Uploaded
}

// uploadSome sends the taps that follow a number, as many as go at once.
func (g *Gate) uploadSome(ctx context.Context, c *client.Client, uploaded, last uint64) error {
	taps, err := g.journal.Read(uploaded, uploadTaps)
	if err != nil {
		return err
	}
	rejected := uint64(0)
	if len(taps) > 0 { // else all that is left is damaged, and was told of
		if rejected, err = g.send(ctx, c, uploaded, taps); err != nil {
			return err
		}
		last = taps[len(taps)-1].Seq
	}
	return g.note(func(m *memory) { m.Uploaded, m.Rejected = last, m.Rejected+rejected })
}

// goBack hears what the server still has of the taps up to a number. It has to be
// less, or else it would be asked for ever.
func (g *Gate) goBack(ctx context.Context, c *client.Client, uploaded uint64) error {
	if err := g.updateConfig(ctx, c); err != nil {
		return err
	}
	if g.uploaded() >= uploaded {
		return fmt.Errorf("%w: taps up to %d are forgotten and are not", ErrAnswer, uploaded)
	}
	return nil
}

// send uploads one batch, and answers how many of its taps the server rejected. after
// is what the server has answered for.
func (g *Gate) send(ctx context.Context, c *client.Client, after uint64, taps []journal.Tap) (rejected uint64, err error) {
	var body struct {
		Taps []upTap `json:"taps"`
	}
	for _, t := range taps {
		body.Taps = append(body.Taps, upTap(t))
	}
	var answer struct {
		Taps []tapAnswer `json:"taps"`
	}
	if err := c.Call(ctx, "POST", fmt.Sprint("/v1/gate/taps?after=", after), body, &answer); err != nil {
		return 0, err
	}
	if len(answer.Taps) != len(taps) {
		return 0, fmt.Errorf("%w: %d answers for %d taps", ErrAnswer, len(answer.Taps), len(taps))
	}
	for i, a := range answer.Taps {
		if a.Seq != taps[i].Seq {
			return 0, fmt.Errorf("%w: tap %d answered as %d", ErrAnswer, taps[i].Seq, a.Seq)
		}
		switch a.Result {
		case "accepted", "duplicate":
		case "rejected":
			rejected++
			g.Log.Warn("the server rejects a tap that went through", "seq", a.Seq, "reason", a.Reason)
		default:
			return 0, fmt.Errorf("%w: tap %d is %q", ErrAnswer, a.Seq, a.Result)
		}
	}
	return rejected, nil
}
