// Package clearing makes money of what gates saw. A gate without network lets
// people through and keeps the raw bytes of what they showed; when it has network
// it uploads them. Everything is verified again from those bytes, kept, paired
// into rides, priced, and charged through package payment.
//
// Three steps, each durable before the next, and each the same when it is done
// again:
//
//  1. Take verifies taps and keeps them in the gate's rows, by (gate, number).
//     From then on the gate may forget them.
//  2. Each is brought to the rider's rows, by what identifies a presentation, so
//     that a copy shown at another gate is no second ride. There plan, a pure
//     function, says which rides his taps make and what each costs.
//  3. A ride whose payments do not say yet what it costs is due: what was taken
//     wrongly is given back, and the fare is taken.
//
// A crash between two steps leaves a tap that is not cleared, or a ride that is
// due; Run finds both.
//
// Gates upload when they can, so taps come in any order: plan looks at all taps
// of a rider around the new one, and what it once thought is put right.
package clearing
