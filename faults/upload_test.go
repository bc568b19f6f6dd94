package faults_test

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// cutWithin is how long after an upload has arrived its connection may break: a
// server takes about as long for it.
const cutWithin = 15 * time.Millisecond

// uploadFate is what becomes of an upload.
type uploadFate int

const (
	anyFate     uploadFate = iota
	uploadWhole            // it is left alone
	uploadTorn             // cut off while it is sent
	uploadHung             // cut off while the server is busy with it
	uploadLost             // answered, and the gate does not hear it
	uploadFates
)

// uploads is a network between a gate and its server that breaks while taps are
// uploaded, and leaves all else alone.
type uploads struct {
	*proxy
	seen chan struct{} // an upload came by

	mu    sync.Mutex
	fate  uploadFate       // of every upload from now on
	count [uploadFates]int // of uploads, by what became of them
}

func newUploads(t *testing.T, to string) *uploads {
	t.Helper()
	u := &uploads{proxy: listen(t, to), seen: make(chan struct{}, 1)}
	u.sent, u.heard = u.onUpload, u.onAnswer
	go u.accept()
	return u
}

func (u *uploads) url() string { return "http://" + u.listener.Addr().String() }

// forget has seen say only what comes by from now on.
func (u *uploads) forget() {
	select {
	case <-u.seen:
	default:
	}
}

// bring has all uploads meet the same fate from now on.
func (u *uploads) bring(f uploadFate) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.fate = f
}

func (u *uploads) onUpload(l *link, sent []byte) (goesOn bool) {
	if !bytes.HasPrefix(sent, []byte("POST /v1/gate/taps")) {
		return true
	}
	select {
	case u.seen <- struct{}{}:
	default:
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	f := u.fate
	if f == anyFate {
		f = uploadWhole + rand.N(uploadFates-uploadWhole)
	}
	switch f {
	case uploadTorn:
		l.far.Write(sent[:rand.IntN(len(sent))])
		u.drop(l, false) // not at once, so that what was sent arrives
	case uploadHung:
		time.AfterFunc(rand.N(cutWithin), func() { u.drop(l, true) })
	case uploadLost:
		l.deaf.Store(true)
		return true // counted when it is answered
	}
	u.count[f]++
	return f != uploadTorn
}

func (u *uploads) onAnswer(l *link, _ []byte) (goesOn bool) {
	if !l.deaf.Load() {
		return true
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.count[uploadLost]++
	u.drop(l, true)
	return false
}
