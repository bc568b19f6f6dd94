package wallet

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/money"
)

// state is what the file holds. Times are the server's. No field is left out when
// it is empty: MarshalJSON tells its own fields from those of other versions by
// their being there.
type state struct {
	Server      string             `json:"server"`
	Name        string             `json:"name"`
	DeviceID    string             `json:"device_id"` // empty until the server has answered the enrolment
	AccessToken string             `json:"access_token"`
	SignKey     []byte             `json:"sign_key"` // PKCS #8, P-256: signs proofs
	SealKey     []byte             `json:"seal_key"` // PKCS #8, P-256: opens sealed seeds
	Seed        []byte             `json:"seed"`
	Generation  paycode.Generation `json:"generation"`
	Alias       paycode.Alias      `json:"alias"`
	Profile     paycode.Profile    `json:"profile"`
	Limits      Limits             `json:"limits"`
	Balance     money.Amount       `json:"balance"`
	OffsetMS    int64              `json:"clock_offset_ms"`
	SyncedAt    time.Time          `json:"synced_at"`
	SyncBy      time.Time          `json:"sync_by"`
	Shown       paycode.BurnMap    `json:"shown"`  // slots that were shown: none is shown again
	Pass        []byte             `json:"pass"`   // for gates, signed by the issuer; empty when there is none
	Paying      []paying           `json:"paying"` // what was sent to be paid and not answered
	Paused      bool               `json:"paused"`
	Blocked     string             `json:"blocked"`

	// other holds the fields of a later version of this program. They are
	// written back, so that going back a version and forth again loses nothing.
	other map[string]json.RawMessage
}

// UnmarshalJSON reads the fields and keeps those it does not know.
func (s *state) UnmarshalJSON(data []byte) error {
	type fields state
	if err := json.Unmarshal(data, (*fields)(s)); err != nil {
		return err
	}
	return json.Unmarshal(data, &s.other)
}

// MarshalJSON writes the fields over those that were read.
func (s *state) MarshalJSON() ([]byte, error) {
	type fields state
	known, err := json.Marshal((*fields)(s))
	if err != nil {
		return nil, err
	}
	var now map[string]json.RawMessage
	if err := json.Unmarshal(known, &now); err != nil {
		return nil, err
	}
	for name, value := range s.other {
		if _, ok := now[name]; !ok {
			now[name] = value
		}
	}
	return json.Marshal(now)
}

// seed is the device's secret.
func (s *state) seed() (paycode.Seed, error) {
	if len(s.Seed) != len(paycode.Seed{}) {
		return paycode.Seed{}, fmt.Errorf("wallet: the file holds a seed of %d bytes", len(s.Seed))
	}
	return paycode.Seed(s.Seed), nil
}

// A measurement of the server's clock is as good as the round trip was short.
const (
	slowestRoundTrip = 6 * time.Second
	noticeableOffset = 5 * time.Second
)

func (s *state) offset() time.Duration { return time.Duration(s.OffsetMS) * time.Millisecond }

func (s *state) setOffset(d time.Duration) { s.OffsetMS = d.Milliseconds() }

// corrected is the server's time when the device's clock says now.
func (s *state) corrected(now time.Time) time.Time { return now.Add(s.offset()) }

// hearTime learns how far the device's clock is off from an answer that was
// asked for at sent and heard at received, by that clock.
func (s *state) hearTime(server, sent, received time.Time) {
	if round := received.Sub(sent); !server.IsZero() && round >= 0 && round <= slowestRoundTrip {
		s.setOffset(server.Sub(sent.Add(round / 2)))
	}
}
