package faults_test

import "github.com/paycode/paycode/client"

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
