// Package sim is a deterministic simulation of a town that pays with paycode,
// in the manner of TigerBeetle's VOPR: phones with drifting clocks, tills that
// repeat, time out, cancel and cheat, operators, several servers on one store
// that die between any two steps, a network that loses, delays, doubles and
// reorders, and a store that fails before or after it has applied something.
//
// What is under test is the real thing: payment's Decide and Processor,
// issuing.Service, outbox.Relay and store.DB on SQLite in memory. Only time,
// randomness, network, and the moment at which an engine fails are simulated.
//
// Everything that happens follows from one seed. Coroutines run one at a time, in
// an order drawn from the seed, so the same seed tells the same story to the
// byte; a seed that breaks a rule is told again with every step written down.
// Each world draws its own weights and fault rates, some of them none (swarm
// testing): what always happens together hides what happens alone.
//
// The rules are checked by sim/auditor, which imports nothing of this project
// and keeps its own books from what the people of the town were told.
package sim
