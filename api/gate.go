package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
)

// GateConfig is what a gate needs to decide alone.
type GateConfig struct {
	Gate           GateName          `json:"gate" doc:"which gate it is"`
	Kind           access.TapKind    `json:"kind" enum:"ride,entry,exit" doc:"what its taps mean: a whole ride, or the begin or the end of one"`
	IssuerKeys     []json.RawMessage `json:"issuer_keys" doc:"JWKs (RFC 7517) on P-256, oldest first; kid is the key's id in decimal"`
	ServerTime     time.Time         `json:"server_time" doc:"to hold the gate's clock against; RFC 3339, UTC"`
	PassbackSecond int64             `json:"passback_s" doc:"for how many seconds a pass that went through goes through no more"`
	NextSeq        uint64            `json:"next_seq" doc:"the first number that no tap of this gate has had here" example:"1"`
	Fare           *Balance          `json:"fare,omitempty" doc:"what a ride costs that begins here; only where taps are whole rides"`
}

// GateName is what a gate is called.
type GateName struct {
	ID      ids.Gate `json:"id" doc:"TypeID" example:"gate_01jfja0yrcfgzrmq9f3r69q2kp"`
	Name    string   `json:"name" doc:"what people call it"`
	Line    string   `json:"line" doc:"the line that it belongs to"`
	Station string   `json:"station,omitempty" doc:"absent where the line alone makes the fare"`
}

// DenyList is what changed on the deny list.
type DenyList struct {
	Since uint64 `json:"since" doc:"the number asked from" example:"0"`
	Until uint64 `json:"until" doc:"the number that the delta leads to: ask from there again. Without a delta, the list's; less than since where the list was brought back to an older state: then begin at 0" example:"12"`
	Delta []byte `json:"delta,omitempty" doc:"signed by the issuer, base64; absent when nothing changed"`
}

type (
	denyListInput struct {
		Since uint64 `query:"since" maximum:"9007199254740991" doc:"number of the list that the gate has; 0 for none"`
	}
	denyListOutput   struct{ Body DenyList }
	gateConfigOutput struct{ Body GateConfig }
	tapsInput        struct {
		After uint64 `query:"after" maximum:"9007199254740991" doc:"the number up to which the gate was answered for its taps: nothing is taken where the server has forgotten some of those, because its database went back to an older state"`
		Body  struct {
			Taps []struct {
				Seq          uint64         `json:"seq" minimum:"1" maximum:"9007199254740991" doc:"number of the tap at this gate: each one once, from 1"`
				At           time.Time      `json:"at" doc:"when, by the gate's clock; RFC 3339"`
				Presentation []byte         `json:"presentation" maxLength:"1024" doc:"the bytes that were shown, base64"`
				Kind         access.TapKind `json:"kind" enum:"ride,entry,exit" doc:"what the gate took it for"`
			} `json:"taps" maxItems:"500" doc:"in the order of their numbers"`
		}
	}
	tapsOutput struct {
		Body struct {
			Taps []TapAnswer `json:"taps" doc:"one for each tap, in their order"`
		}
	}
)

// TapAnswer says what became of one tap.
type TapAnswer struct {
	Seq    uint64          `json:"seq" doc:"of the tap" example:"1"`
	Result clearing.Result `json:"result" enum:"accepted,duplicate,rejected" doc:"duplicate: known already, or a copy of what another gate has seen; in each case the gate is done with it"`
	Reason clearing.Reason `json:"reason,omitempty" doc:"why it was rejected; copied with duplicate for a presentation that was shown twice" example:"pass_expired"`
}

// maxTapsBody is the largest body of taps, in bytes.
const maxTapsBody = 1 << 20

func (a *API) gateCalls() {
	const tag = "Gate"
	role := access.RoleGate
	register(a, route{method: "GET", path: "/v1/gate/config", id: "gate-config", tag: tag, role: role, status: http.StatusOK,
		summary: "What a gate needs to decide alone", about: "Fetch it when there is network, and keep it."}, a.gateConfig)
	register(a, route{method: "GET", path: "/v1/gate/denylist", id: "deny-list", tag: tag, role: role, status: http.StatusOK,
		summary: "What changed on the deny list", about: "Passes of devices that were lost and of payers in debt. A delta has at most 20,000 changes: ask again from where it leads to, until there is none."}, a.denyList)
	register(a, route{method: "POST", path: "/v1/gate/taps", id: "upload-taps", tag: tag, role: role, status: http.StatusOK, maxBody: maxTapsBody, codes: []Code{TapsForgotten},
		summary: "Upload taps", about: "At most 500 at a time. Each is verified again from its bytes. When this is answered, the taps are kept; the same taps again change nothing, " +
			"and one bad tap keeps no other one back. A gate keeps them all the same for as long as the server may go back to a backup: taps_forgotten says that it did."}, a.uploadTaps)
}

func (a *API) gateConfig(ctx context.Context, _ *struct{}) (*gateConfigOutput, error) {
	g, err := a.Access.Gate(ctx, callerOf(ctx).Gate)
	if err != nil {
		return nil, err
	}
	keys, err := a.issuerJWKs()
	if err != nil {
		return nil, err
	}
	last, err := a.Clearing.Store.LastSeq(ctx, g.ID)
	if err != nil {
		return nil, err
	}
	out := GateConfig{
		Gate: GateName{g.ID, g.Name, g.Line, g.Station}, Kind: g.Kind, IssuerKeys: keys, ServerTime: a.Now().UTC(),
		PassbackSecond: int64(a.Passback / time.Second), NextSeq: last + 1,
	}
	switch fare, known := a.Clearing.Terms.Fares.Max(g.Line, g.Station); {
	case !known:
		// It was made when there were other fares.
		a.Log.WarnContext(ctx, "no fare is known at a gate, so that rides are free", "gate", g.ID, "line", g.Line, "station", g.Station)
	case g.Kind == access.TapRide:
		b := balanceOf(fare)
		out.Fare = &b
	}
	return &gateConfigOutput{out}, nil
}

func (a *API) denyList(ctx context.Context, in *denyListInput) (*denyListOutput, error) {
	key, err := a.Issuing.IssuerKey()
	if err != nil {
		return nil, err
	}
	out := &denyListOutput{DenyList{Since: in.Since}}
	out.Body.Delta, out.Body.Until, err = clearing.Delta(ctx, a.Clearing.Store, key, in.Since)
	return out, err
}

func (a *API) uploadTaps(ctx context.Context, in *tapsInput) (*tapsOutput, error) {
	taps := make([]clearing.Tap, len(in.Body.Taps))
	for i, t := range in.Body.Taps {
		taps[i] = clearing.Tap{Seq: t.Seq, At: t.At.UTC().Truncate(time.Microsecond), Kind: t.Kind, Presentation: t.Presentation}
	}
	answers, err := a.Clearing.Take(ctx, callerOf(ctx).Gate, in.After, taps)
	if err != nil {
		return nil, err
	}
	out := &tapsOutput{}
	out.Body.Taps = make([]TapAnswer, len(answers))
	for i, t := range answers {
		out.Body.Taps[i] = TapAnswer(t)
		a.metrics.taps.WithLabelValues(string(t.Result), string(t.Reason)).Inc()
	}
	return out, nil
}
