package api

import (
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// fullHouse has as many streams as a server may hold.
type fullHouse struct{ *testing.T }

func (fullHouse) Streams() int { return maxStreams }

func (h fullHouse) Subscribe(ids.Payer, ids.Device, bool) (<-chan payment.Event, func()) {
	h.Error("one stream more was opened")
	return nil, func() {}
}

func TestStreamsAreBounded(t *testing.T) {
	a := &API{Config: Config{Events: fullHouse{t}}}
	err := a.events(httptest.NewRecorder(), httptest.NewRequest("GET", "/v1/device/events", nil))
	var p *Problem
	if !errors.As(err, &p) || p.Code != Overloaded || p.header.Get("Retry-After") == "" {
		t.Errorf("err = %v", err)
	}
}
