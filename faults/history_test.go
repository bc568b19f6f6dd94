package faults_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/paycode/paycode/client"
)

// model is porcupine's view of step: each payer is checked by himself.
func model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return account{minor: startMinor} },
		Step: step,
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			of := map[int][]porcupine.Operation{}
			for _, o := range all {
				payer := o.Input.(*deed).payer.number
				of[payer] = append(of[payer], o)
			}
			var parts [][]porcupine.Operation
			for _, part := range of {
				parts = append(parts, part)
			}
			return parts
		},
		DescribeOperation: func(input, output any) string {
			d := input.(*deed)
			text := fmt.Sprintf("%v %d", d.kind, d.minor)
			if d.order != nil {
				text = fmt.Sprintf("%v %s, code %d, %d", d.kind, d.order.no, d.order.slot, d.order.minor)
			}
			if output == nil {
				return text + " -> ?"
			}
			return text + " -> " + d.answer.String()
		},
		DescribeState: func(state any) string {
			a := state.(account)
			return fmt.Sprintf("%d, orders %x, codes %x", a.minor, a.orders, a.codes)
		},
	}
}

// history is the record as porcupine reads it. What was never answered may
// have happened at any time since it was asked, or never: it returns at the end
// of days, where nobody looks any more. A question without an answer is nothing.
//
// A charge does one thing and is told another when its payment was taken back
// before the answer: it is charged at some time, and looked at later.
func (r *record) history() (all []porcupine.Operation) {
	for _, d := range r.deeds {
		o := porcupine.Operation{ClientId: d.who, Input: d, Call: int64(d.began), Return: int64(d.ended), Output: d.answer}
		if d.ended == 0 {
			if d.kind == look || d.kind == balance {
				continue
			}
			o.Return, o.Output = math.MaxInt64, nil
		} else if f := fateOf(d.answer); d.kind == charge && (f == undone || f == givenBack) {
			seen := *d
			seen.kind = look
			later := o
			later.Input = &seen
			all = append(all, later)
			o.Output = nil
		}
		all = append(all, o)
	}
	return all
}

// decideWithin bounds the search for an order of all that happened.
const decideWithin = 2 * time.Minute

// explained looks for an order of all that happened that explains every answer.
// When there is none, it draws the history and answers the name of the picture.
func (r *record) explained() (ok bool, picture string, err error) {
	m := model()
	result, info := porcupine.CheckOperationsVerbose(m, r.history(), decideWithin)
	if result == porcupine.Ok {
		return true, "", nil
	}
	f, err := os.CreateTemp("", "paycode-history-*.html")
	if err != nil {
		return false, "", err
	}
	defer f.Close()
	return false, f.Name(), porcupine.Visualize(m, info, f)
}

// unexplained lists the deeds of a payer of whom no order of them explains the answers.
func (r *record) unexplained() (story string) {
	m := model()
	for _, part := range m.Partition(r.history()) {
		if porcupine.CheckOperationsTimeout(m, part, decideWithin) == porcupine.Ok {
			continue
		}
		for _, o := range part {
			story += fmt.Sprintf("%10.6f to %10.6f, till %d: %s\n", time.Duration(o.Call).Seconds(), time.Duration(o.Return).Seconds(), o.ClientId, m.DescribeOperation(o.Input, o.Output))
		}
		break
	}
	return story
}

// TestModelFindsWhatIsWrong: histories that a right server cannot have are
// told from the same histories as it may have them.
func TestModelFindsWhatIsWrong(t *testing.T) {
	p := &payer{}
	orders := []*order{{no: "a", number: 0, minor: 100}, {no: "b", number: 1, minor: 100}, {no: "c", number: 2, slot: 1, minor: 700}}
	said := func(k kind, o *order, from, to time.Duration, a answer) *deed {
		d := &deed{kind: k, payer: p, order: o, began: from, ended: to, answer: a}
		if o != nil {
			d.minor = o.minor
		}
		return d
	}
	yes, used, gone := answer{status: client.Succeeded}, answer{status: client.Declined, decline: "code_used"}, answer{status: client.Canceled}
	has := func(minor int64, from, to time.Duration) *deed {
		return said(balance, nil, from, to, answer{minor: minor})
	}
	money := &deed{kind: topUp, payer: p, minor: 200, began: 1}
	first := said(charge, orders[0], 1, 5, yes)
	for _, c := range []struct {
		name  string
		deeds []*deed
		legal bool
	}{
		{"one code, one payment", []*deed{first, said(charge, orders[1], 2, 6, used)}, true},
		{"one code, two payments", []*deed{first, said(charge, orders[1], 2, 6, yes)}, false},
		{"used before it was used", []*deed{said(charge, orders[1], 1, 2, used), said(charge, orders[0], 3, 5, yes)}, false},
		{"acknowledged, then gone", []*deed{first, said(look, orders[0], 6, 7, answer{refused: "not_found"})}, false},
		{"acknowledged, then there", []*deed{first, said(look, orders[0], 6, 7, yes), has(500, 6, 7)}, true},
		{"taken twice", []*deed{first, has(400, 6, 7)}, false},
		{"money back without a cancel", []*deed{first, has(500, 6, 7), has(600, 8, 9)}, false},
		{"a balance from before", []*deed{first, has(600, 6, 7)}, false},
		{"a balance meanwhile", []*deed{first, has(600, 2, 7)}, true},
		{"more than there was", []*deed{said(charge, orders[2], 1, 2, yes)}, false},
		{"more than there was, but money came", []*deed{money, said(charge, orders[2], 1, 2, yes)}, true},
		{"not known, and it happened", []*deed{said(charge, orders[0], 1, 0, answer{}), has(600, 2, 3), has(500, 4, 5)}, true},
		{"not known, and it never happened", []*deed{said(charge, orders[0], 1, 0, answer{}), has(600, 2, 3)}, true},
		{"not known, and it happened twice", []*deed{said(charge, orders[0], 1, 0, answer{}), has(500, 2, 3), has(400, 4, 5)}, false},
		{"not known, and it came and went", []*deed{said(charge, orders[0], 1, 0, answer{}), has(500, 2, 3), has(600, 4, 5)}, false},
		{"asked again", []*deed{said(charge, orders[0], 1, 0, answer{}), said(charge, orders[0], 2, 3, yes), has(500, 4, 5)}, true},
		{"paid, canceled, and then told", []*deed{said(charge, orders[0], 1, 9, gone), said(charge, orders[1], 2, 8, used), said(cancel, orders[0], 3, 4, gone)}, true},
		{"told canceled, by nobody", []*deed{said(charge, orders[0], 1, 9, gone)}, false},
		{"canceled, and paid all the same", []*deed{said(cancel, orders[0], 1, 2, gone), said(charge, orders[0], 3, 4, yes)}, false},
	} {
		legal, picture, err := (&record{deeds: c.deeds}).explained()
		if legal != c.legal || err != nil {
			t.Errorf("%s: legal is %v, %v", c.name, legal, err)
		}
		if drawn, err := os.ReadFile(picture); !legal && (err != nil || !bytes.Contains(drawn, []byte("<html"))) {
			t.Errorf("%s: no picture, %v", c.name, err)
		}
		os.Remove(picture)
	}
}
