// Package e2e holds no code, only tests: the server, the wallet page and the
// cashier page and a gate as people meet them, in real Chromium processes with
// profiles of their own. What a wallet shows is taken as a picture of its screen,
// read by zbar, which shares no code with us, and held before the camera of the
// cashier or the gate.
//
// Every request of every page is recorded; one to another host than the server
// fails the test, and so does an uncaught error in a page. Tests wait for
// states and never for an amount of time.
//
// The pictures of docs/images are taken by the same tests:
//
//	PAYCODE_PICTURES=docs/images go test ./e2e
package e2e
