// Package issuing gives payers their devices and devices their secrets: payers
// and limits, one-time tickets, enrolment, access tokens bound to the device's
// key (DPoP, RFC 9449), aliases, seeds and their rotation, online codes, and the
// master keys that all seeds follow from.
//
// What shall become of a device is decided by pure functions of its row and the
// time; a Store runs them inside the transaction that writes the outcome. Every
// call may be repeated: it answers as it did, goes on where a crash cut it off,
// or refuses with one of the errors of this package.
package issuing
