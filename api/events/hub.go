// Package events tells payers' pages what happened while they look: server-sent
// events (HTML Living Standard, 9.2) to every connected device of a payer. It
// promises nothing to who was away: a page reads its history when it connects
// again.
//
// The hub also knows who can be asked at this moment, which is what a payment
// above the confirmation threshold depends on. It has the streams of its own
// server; package presence joins the hubs of several.
package events

import (
	"slices"
	"strings"
	"sync"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

const (
	// buffered is how many events may wait for one stream. A phone that takes
	// them more slowly loses its stream, not the server its memory.
	buffered = 16
	// perDevice is how many streams a device may have: a page that was opened
	// again while the server has not yet noticed that the old one is gone.
	perDevice = 3
)

// ForDevice is how kinds of events begin that concern one device only, such as
// "device.frozen"; all others go to every device of the payer.
const ForDevice = "device."

// Hub spreads events to the streams of this process.
type Hub struct {
	mu     sync.Mutex
	payers map[ids.Payer][]*stream // oldest first
	moved  map[page]bool           // pages that came or went since Changed
	closed bool
}

// page is a device's, whose streams count as one.
type page struct {
	payer  ids.Payer
	device ids.Device
}

// stream is one page that listens.
type stream struct {
	device ids.Device
	asks   bool               // its device may answer a confirmation
	events chan payment.Event // closed when the stream is over
}

// NewHub has no streams.
func NewHub() *Hub { return &Hub{payers: map[ids.Payer][]*stream{}, moved: map[page]bool{}} }

// Subscribe opens a stream of a payer's events for one of his devices; mayConfirm
// says whether the device is one that can be asked, not a frozen one. The
// channel is closed when the stream is over: by cancel, because it was not read
// fast enough, because the device opened too many, or because the hub closes.
func (h *Hub) Subscribe(payer ids.Payer, device ids.Device, mayConfirm bool) (events <-chan payment.Event, cancel func()) {
	s := &stream{device, mayConfirm, make(chan payment.Event, buffered)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(s.events)
		return s.events, func() {}
	}
	h.makeRoom(payer, device)
	h.payers[payer] = append(h.payers[payer], s)
	h.moved[page{payer, device}] = true
	return s.events, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.end(payer, s)
	}
}

// makeRoom ends the oldest stream of a device that has its full number.
func (h *Hub) makeRoom(payer ids.Payer, device ids.Device) {
	var oldest *stream
	open := 0
	for _, s := range h.payers[payer] {
		if s.device == device {
			if open++; oldest == nil {
				oldest = s
			}
		}
	}
	if open >= perDevice {
		h.end(payer, oldest)
	}
}

// end takes a stream out and closes it, once.
func (h *Hub) end(payer ids.Payer, gone *stream) {
	streams := h.payers[payer]
	for i, s := range streams {
		if s != gone {
			continue
		}
		close(s.events)
		h.moved[page{payer, s.device}] = true
		if len(streams) == 1 {
			delete(h.payers, payer)
		} else {
			rest := append([]*stream(nil), streams[:i]...) // Publish may walk the old one
			h.payers[payer] = append(rest, streams[i+1:]...)
		}
		return
	}
}

// Publish gives an event to the streams that it concerns. It never blocks. What
// concerns a device itself, such as that it was frozen or revoked, ends its
// streams: it may connect again as what it is now.
func (h *Hub) Publish(e payment.Event) {
	if e.Payer.IsZero() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.payers[e.Payer] {
		aboutDevice := strings.HasPrefix(string(e.Kind), ForDevice)
		if aboutDevice && s.device != e.Device {
			continue
		}
		select {
		case s.events <- e:
		default:
			h.end(e.Payer, s)
			continue
		}
		if aboutDevice {
			h.end(e.Payer, s)
		}
	}
}

// Reachable reports whether some device of the payer listens that may confirm.
func (h *Hub) Reachable(payer ids.Payer) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.payers[payer], func(s *stream) bool { return s.asks })
}

// Streams is how many pages listen.
func (h *Hub) Streams() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.payers {
		n += len(s)
	}
	return n
}

// Close ends all streams, so that a server that stops need not wait for them.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for payer, streams := range h.payers {
		for _, s := range streams {
			close(s.events)
			h.moved[page{payer, s.device}] = true
		}
	}
	clear(h.payers)
}
