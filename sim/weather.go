package sim

import (
	"math/rand/v2"
	"time"
)

// weather is how often what goes wrong in one world; probabilities of one event.
type weather struct {
	// The network, of each message.
	lose, double, delay float64
	hangUp              float64 // a caller who has lost patience also closes his connection
	// The store, of each transaction.
	slow, stuck                      float64
	failBefore, refuse, failAfter    float64
	runAgain                         float64 // it loses a race first
	dieBefore, dieAfter, dieDeciding float64
	// The servers.
	crash, outage float64       // of each round of the nemesis
	apart         time.Duration // how far a server's clock may be from the true time
	patience      time.Duration // how long a caller waits at least
	think         time.Duration // how long people do nothing between two doings
	leap          float64       // of each round: hours or days pass at once
	receiver      float64       // the world outside does not take an event
}

// drawWeather draws the weather of a world. A third of everything does not
// happen at all in it, and one world of eight is without faults.
func drawWeather(r *rand.Rand) weather {
	calm := r.IntN(8) == 0
	var apart time.Duration
	if r.IntN(2) == 0 {
		apart = maxApart
	}
	rate := func(most float64) float64 {
		if calm || r.IntN(3) == 0 {
			return 0
		}
		return most * r.Float64() * r.Float64()
	}
	return weather{
		lose: rate(0.3), double: rate(0.3), delay: rate(0.3), hangUp: rate(1),
		slow: rate(0.2), stuck: rate(0.01),
		failBefore: rate(0.1), refuse: rate(0.02), failAfter: rate(0.1), runAgain: rate(0.2),
		dieBefore: rate(0.04), dieAfter: rate(0.04), dieDeciding: rate(0.005),
		crash: rate(0.1), outage: rate(0.1), apart: apart,
		patience: time.Second + time.Duration(r.Int64N(int64(9*time.Second))),
		think:    time.Millisecond << r.IntN(9),
		leap:     rate(0.02), receiver: rate(0.3),
	}
}

// fair is weather in which nothing goes wrong, in a town with the same habits.
func (w weather) fair() weather {
	return weather{patience: 40 * time.Second, think: w.think}
}

// habits are how often people do what; weights, of which some are 0.
type habits struct {
	sell, again, cheat, guess, mistype, lookUp, cancel, cancelUnseen, refund int   // a till's
	sync, mint, idle, ride                                                   int   // a payer's
	freeze, revoke, rotate, suspend, newKey, topUp, enrol, payOut            int   // the operator's
	digits, text, emv, nfc, online                                           int   // forms of a code
	gates                                                                    int   // in most worlds none: their signatures take long
	large                                                                    int   // percent of amounts above the payer's limits
	wealth                                                                   int64 // of a payer at first, at most; minor units
}

func drawHabits(r *rand.Rand) habits {
	weight := func(usual int) int {
		switch r.IntN(6) {
		case 0:
			return 0
		case 1:
			return 4 * usual
		}
		return usual
	}
	h := habits{
		sell: 20, again: weight(3), cheat: weight(3), guess: weight(1) * r.IntN(2), mistype: weight(1), lookUp: weight(3), cancel: weight(3),
		cancelUnseen: weight(1), refund: weight(5),
		sync: weight(2), mint: weight(2), idle: 2, ride: weight(4), gates: max(0, r.IntN(24)-19),
		freeze: weight(2), revoke: weight(1), rotate: weight(3), suspend: weight(1), newKey: weight(1), topUp: weight(10), enrol: weight(1),
		digits: 1 + weight(4), text: weight(4), emv: weight(1), nfc: weight(1), online: weight(2),
		large: weight(5), wealth: []int64{2000, 20_000, 200_000}[r.IntN(3)],
	}
	h.payOut = weight(5)
	return h
}

// choice is something that may be done, with its weight.
type choice struct {
	weight int
	do     func()
}

// pick does one of the choices, by their weights; the first when all are 0.
func pick(r *rand.Rand, all ...choice) {
	sum := 0
	for _, c := range all {
		sum += c.weight
	}
	if sum == 0 {
		all[0].do()
		return
	}
	n := r.IntN(sum)
	for _, c := range all {
		if n -= c.weight; n < 0 {
			c.do()
			return
		}
	}
}
