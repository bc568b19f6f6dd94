package faults_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/paycode/paycode/client"
)

// fate is what has become of an order.
type fate byte

const (
	unseen fate = iota
	paid
	givenBack // a part of it
	undone    // canceled
	spent     // declined: the code was used
	poor      // declined: too little money
	other     // declined for what the model does not know, such as an old code
	impossible
)

// fateOf reads the answer to a charge, a cancel or a look.
func fateOf(a answer) fate {
	switch {
	case a.refused == "not_found":
		return unseen
	case a.refused != "":
		return impossible
	case a.status == client.Succeeded:
		return paid
	case a.status == client.PartiallyRefunded, a.status == client.Refunded:
		return givenBack
	case a.status == client.Canceled:
		return undone
	case a.status != client.Declined:
		return impossible
	case a.decline == "code_used":
		return spent
	case a.decline == "insufficient_funds":
		return poor
	}
	return other
}

// account is all that there is to know of a payer. It is a value: each string
// is one byte for each order, code or top-up, by number.
type account struct {
	minor  int64
	orders string // fates
	codes  string // 1 for one that is burned
	topUps string // 1 for one that was made
}

func at(s string, i int) fate {
	if i < len(s) {
		return fate(s[i])
	}
	return 0
}

func with(s string, i int, f fate) string {
	b := append([]byte(s), make([]byte, max(0, i+1-len(s)))...)
	b[i] = byte(f)
	return string(b)
}

// step is what the server promises, one thing at a time: whether an account
// may answer a deed as it did, and what it is afterwards. For a deed that was
// never answered it is what it comes to at some time, or at the end of days.
func step(state, input, output any) (bool, any) {
	a, d, known := state.(account), input.(*deed), output != nil
	is := fate(0)
	if d.order != nil {
		is = at(a.orders, d.order.number)
	}
	switch d.kind {
	case charge:
		return a.charge(d, is, known)
	case cancel:
		return a.cancel(d, is, known)
	case refund:
		return a.refund(d, is, known)
	case look:
		return fateOf(d.answer) == is, a
	case topUp:
		if at(a.topUps, d.number) == 0 {
			a.minor += d.minor
			a.topUps = with(a.topUps, d.number, 1)
		}
		return !known || d.answer.refused == "", a
	default:
		return d.answer.minor == a.minor, a
	}
}

func (a account) charge(d *deed, is fate, known bool) (bool, any) {
	if is == unseen {
		switch {
		case known && fateOf(d.answer) == other:
			is = other
		case at(a.codes, d.order.slot) != 0:
			is = spent
		case a.minor < d.minor:
			is = poor
		default:
			is = paid
			a.minor -= d.minor
			a.codes = with(a.codes, d.order.slot, 1)
		}
		a.orders = with(a.orders, d.order.number, is)
	}
	return !known || fateOf(d.answer) == is, a
}

func (a account) cancel(d *deed, is fate, known bool) (bool, any) {
	if is == givenBack {
		return !known || d.answer.refused == "not_cancelable", a
	}
	if is == paid {
		a.minor += d.order.minor
	}
	a.orders = with(a.orders, d.order.number, undone)
	return !known || fateOf(d.answer) == undone, a
}

func (a account) refund(d *deed, is fate, known bool) (bool, any) {
	switch is {
	case paid:
		a.minor += d.minor
		a.orders = with(a.orders, d.order.number, givenBack)
		return !known || d.answer.refused == "", a
	case givenBack:
		return !known || d.answer.refused == "", a
	}
	return !known || d.answer.refused == "not_refundable", a
}

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
func (r *record) history() (all []porcupine.Operation) {
	for _, d := range r.deeds {
		o := porcupine.Operation{ClientId: d.who, Input: d, Call: int64(d.began), Return: int64(d.ended), Output: d.answer}
		if d.ended == 0 {
			if d.kind == look || d.kind == balance {
				continue
			}
			o.Return, o.Output = math.MaxInt64, nil
		}
		all = append(all, o)
	}
	return all
}

// decideWithin bounds the search for an order of all that happened.
const decideWithin = 2 * time.Minute

// linearizable reports whether there is one, and draws the history when there is none.
func (r *record) linearizable(t *testing.T) bool {
	t.Helper()
	m := model()
	result, info := porcupine.CheckOperationsVerbose(m, r.history(), decideWithin)
	if result == porcupine.Ok {
		return true
	}
	f, err := os.CreateTemp("", "paycode-history-*.html")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := porcupine.Visualize(m, info, f); err != nil {
		t.Fatal(err)
	}
	t.Logf("the history is %s: see %s", strings.ToLower(string(result)), f.Name())
	return false
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
	yes, used := answer{status: client.Succeeded}, answer{status: client.Declined, decline: "code_used"}
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
		{"canceled, and paid all the same", []*deed{said(cancel, orders[0], 1, 2, answer{status: client.Canceled}), said(charge, orders[0], 3, 4, yes)}, false},
	} {
		r := &record{deeds: slices.Clone(c.deeds)}
		if legal := porcupine.CheckOperations(model(), r.history()); legal != c.legal {
			t.Errorf("%s: legal is %v", c.name, legal)
		}
	}
}
