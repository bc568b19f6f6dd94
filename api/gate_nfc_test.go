package api_test

import (
	"testing"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
)

// TestReadByAnotherGate: what a device answered to one gate's reader is a ride of
// that gate, even when another brings it first.
func TestReadByAnotherGate(t *testing.T) {
	w := newWorld(t)
	p := enrolled(w, w.newPayer("u-1", "Ada", 500))
	read, thief := w.newGate(obj{"name": "Bus 7", "line": "Line 7"}), w.newGate(obj{"name": "Bus 8", "line": "Line 8"})
	id, err := ids.Parse[ids.Gate](read.id)
	if err != nil {
		t.Fatal(err)
	}
	challenge := paycode.Challenge{Nonce: [8]byte{1}, AmountMinor: 200, Currency: [3]byte{'C', 'N', 'Y'}, Merchant: id}.Bytes()
	answer := p.answers(w, p.pass(w), challenge[:])
	thief.want("[rejected challenge_mismatch]", thief.tap(answer))
	read.want("[accepted]", read.tap(answer))
	other := p.answers(w, p.pass(w), []byte("12345678")) // a reader that says nothing of itself
	thief.want("[accepted]", thief.tap(other))
	w.balanced()
}
