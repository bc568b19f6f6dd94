// Package faults holds no code, only tests: the built command, run as separate
// processes on real databases, and broken in the ways in which machines break.
// Servers and PostgreSQL are killed under load, connections are cut, stalled and
// swallowed, disks fill up, a cluster loses its leader, clocks are set wrong. Gates
// are killed while people go through, and cut off while they upload.
//
// One crowd of tills makes the load (crowd_test.go) and writes down what it was
// told, with the time of every question and every answer. After each fault that
// record is held against the server (record_test.go): what was acknowledged is
// there, once; what was not is whole or not there at all, and gets one answer
// when it is asked again; the statement, the balances and paycode admin audit
// say the same. Then the same record is checked for linearizability
// (model_test.go, history_test.go): there must be an order of all that happened, one thing at a
// time, that explains every answer.
//
// The tests take as long as a build may. To have it run for hours:
//
//	go test ./faults -timeout 12h -args -rounds 1000
package faults
