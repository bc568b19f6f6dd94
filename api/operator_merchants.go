package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// Merchant is who is paid.
type Merchant struct {
	ID        ids.Merchant          `json:"id" doc:"TypeID" example:"mer_01jfja0yrcfgzrmq9f3r69q2kp"`
	Name      string                `json:"name" doc:"as on the receipt"`
	Currency  money.Currency        `json:"currency" doc:"ISO 4217; the only one that he charges in" example:"CNY"`
	Status    access.MerchantStatus `json:"status" enum:"active,suspended" doc:"suspended: may look up, cancel and refund, but not charge"`
	FeeBP     int                   `json:"fee_bp" doc:"what the operator keeps of each payment, in basis points" example:"60"`
	CreatedAt time.Time             `json:"created_at" doc:"RFC 3339, UTC"`
}

func merchantOf(m access.Merchant) Merchant {
	return Merchant{m.ID, m.Name, m.Currency, m.Status, m.FeeBP, m.CreatedAt.UTC()}
}

// Key is what is kept of a key.
type Key struct {
	Head      string     `json:"head" doc:"its first 8 characters" example:"mk_5q8w9"`
	CreatedAt time.Time  `json:"created_at" doc:"RFC 3339, UTC"`
	RevokedAt *time.Time `json:"revoked_at,omitempty" doc:"absent while it is good"`
}

func keyOf(k access.Key) Key { return Key{k.Head, k.CreatedAt.UTC(), moment(k.RevokedAt)} }

// NewKey is a key with its text, which is shown once.
type NewKey struct {
	Key  string    `json:"key" doc:"the secret itself, shown this once: Authorization: Bearer KEY"`
	Head string    `json:"head" doc:"its first 8 characters, by which it is listed and revoked" example:"mk_5q8w9"`
	At   time.Time `json:"created_at" doc:"RFC 3339, UTC"`
}

// Gate is one entrance of a metro, a bus or a stadium.
type Gate struct {
	ID         ids.Gate       `json:"id" doc:"TypeID" example:"gate_01jfja0yrcfgzrmq9f3r69q2kp"`
	Name       string         `json:"name" doc:"what people call it"`
	Line       string         `json:"line" doc:"the line that it belongs to"`
	Station    string         `json:"station,omitempty" doc:"absent where the line alone makes the fare"`
	Kind       access.TapKind `json:"kind" enum:"ride,entry,exit" doc:"what it means that somebody went through: a whole ride, or the begin or the end of one"`
	MerchantID ids.Merchant   `json:"merchant_id" doc:"who is paid for the rides"`
	Key        string         `json:"key" doc:"the gate's key, shown this once"`
	CreatedAt  time.Time      `json:"created_at" doc:"RFC 3339, UTC"`
}

type (
	newMerchantInput struct {
		Body struct {
			Name     string `json:"name" minLength:"1" maxLength:"80" doc:"as on the receipt"`
			Currency string `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217, upper case; the only one to charge in" example:"CNY"`
		}
	}
	MerchantPath struct {
		ID ids.Merchant `path:"id" doc:"TypeID of the merchant" example:"mer_01jfja0yrcfgzrmq9f3r69q2kp"`
	}
	merchantOutput struct{ Body Merchant }
	feeInput       struct {
		MerchantPath
		Body struct {
			FeeBP int `json:"fee_bp" minimum:"0" maximum:"10000" doc:"basis points: 60 is 0.6 %" example:"60"`
		}
	}
	newKeyOutput struct{ Body NewKey }
	keysOutput   struct {
		Body struct {
			Keys []Key `json:"keys" doc:"oldest first, revoked ones too"`
		}
	}
	keyInput struct {
		MerchantPath
		Head string `path:"head" minLength:"8" maxLength:"8" doc:"the first 8 characters of the key" example:"mk_5q8w9"`
	}
	newGateInput struct {
		Body struct {
			Name       string         `json:"name" minLength:"1" maxLength:"80" doc:"what people call it"`
			Line       string         `json:"line" minLength:"1" maxLength:"80" doc:"the line that it belongs to"`
			Station    string         `json:"station,omitempty" maxLength:"80" doc:"the station; left out where the line alone makes the fare"`
			Kind       access.TapKind `json:"kind,omitempty" enum:"ride,entry,exit" doc:"what it means that somebody goes through; a whole ride when left out"`
			MerchantID *ids.Merchant  `json:"merchant_id,omitempty" doc:"who is paid for the rides, in the currency of the fares; the transit merchant, who is made then, when left out"`
		}
	}
	gateOutput struct{ Body Gate }
)

func (a *API) merchantAdminCalls() {
	const tag = "Operator"
	role := access.RoleOperator
	register(a, route{method: "POST", path: "/v1/merchants", id: "create-merchant", tag: tag, role: role, status: http.StatusCreated,
		summary: "Make a merchant", about: "Asked again, it makes another one."}, a.createMerchant)
	register(a, route{method: "GET", path: "/v1/merchants/{id}", id: "get-merchant", tag: tag, role: role, status: http.StatusOK,
		summary: "Look at a merchant", codes: []Code{NotFound}}, a.getMerchant)
	register(a, route{method: "POST", path: "/v1/merchants/{id}/suspend", id: "suspend-merchant", tag: tag, role: role, status: http.StatusOK,
		summary: "Stop a merchant from charging", about: "He can still look up, cancel and refund.", codes: []Code{NotFound}}, a.setMerchant(a.Access.Suspend))
	register(a, route{method: "POST", path: "/v1/merchants/{id}/resume", id: "resume-merchant", tag: tag, role: role, status: http.StatusOK,
		summary: "Let a suspended merchant charge again", codes: []Code{NotFound}}, a.setMerchant(a.Access.Resume))
	register(a, route{method: "PUT", path: "/v1/merchants/{id}/fee", id: "set-merchant-fee", tag: tag, role: role, status: http.StatusOK,
		summary: "Set what is kept of a merchant's payments",
		about:   "It counts for payments from now on. The fee is rounded half up to the minor unit. A cancel gives all of it back, refunds their share of it.", codes: []Code{NotFound}}, a.setFee)
	register(a, route{method: "POST", path: "/v1/merchants/{id}/keys", id: "create-merchant-key", tag: tag, role: role, status: http.StatusCreated,
		summary: "Make a key for a merchant", about: "The key is shown once and stored as a hash. Asked again, it makes another one.", codes: []Code{NotFound}}, a.createKey)
	register(a, route{method: "GET", path: "/v1/merchants/{id}/keys", id: "list-merchant-keys", tag: tag, role: role, status: http.StatusOK,
		summary: "List a merchant's keys", about: "By their first 8 characters.", codes: []Code{NotFound}}, a.listKeys)
	register(a, route{method: "DELETE", path: "/v1/merchants/{id}/keys/{head}", id: "revoke-merchant-key", tag: tag, role: role, status: http.StatusNoContent,
		summary: "Revoke a merchant's key", about: "Another server of the same system may accept it for two more seconds.", codes: []Code{NotFound}}, a.revokeKey)
	register(a, route{method: "POST", path: "/v1/gates", id: "create-gate", tag: tag, role: role, status: http.StatusCreated,
		summary: "Make a gate with its key", about: "The key is shown once. Asked again, it makes another gate."}, a.createGate)
}

func (a *API) createMerchant(ctx context.Context, in *newMerchantInput) (*merchantOutput, error) {
	m, err := a.Access.CreateMerchant(ctx, in.Body.Name, in.Body.Currency)
	if err != nil {
		return nil, err
	}
	return &merchantOutput{merchantOf(m)}, nil
}

func (a *API) getMerchant(ctx context.Context, in *MerchantPath) (*merchantOutput, error) {
	m, err := a.Access.Merchant(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &merchantOutput{merchantOf(m)}, nil
}

func (a *API) setMerchant(set func(context.Context, ids.Merchant) error) func(context.Context, *MerchantPath) (*merchantOutput, error) {
	return func(ctx context.Context, in *MerchantPath) (*merchantOutput, error) {
		if err := set(ctx, in.ID); err != nil {
			return nil, err
		}
		return a.getMerchant(ctx, in)
	}
}

func (a *API) setFee(ctx context.Context, in *feeInput) (*merchantOutput, error) {
	if err := a.Access.SetFee(ctx, in.ID, in.Body.FeeBP); err != nil {
		return nil, err
	}
	return a.getMerchant(ctx, &in.MerchantPath)
}

func (a *API) createKey(ctx context.Context, in *MerchantPath) (*newKeyOutput, error) {
	text, k, err := a.Access.CreateKey(ctx, access.ForMerchant(in.ID))
	if err != nil {
		return nil, err
	}
	return &newKeyOutput{NewKey{text, k.Head, k.CreatedAt.UTC()}}, nil
}

func (a *API) listKeys(ctx context.Context, in *MerchantPath) (*keysOutput, error) {
	if _, err := a.Access.Merchant(ctx, in.ID); err != nil {
		return nil, err
	}
	keys, err := a.Access.Keys(ctx, access.ForMerchant(in.ID))
	if err != nil {
		return nil, err
	}
	out := &keysOutput{}
	for _, k := range keys {
		out.Body.Keys = append(out.Body.Keys, keyOf(k))
	}
	return out, nil
}

func (a *API) revokeKey(ctx context.Context, in *keyInput) (*struct{}, error) {
	err := a.Access.RevokeKey(ctx, access.ForMerchant(in.ID), in.Head)
	if errors.Is(err, access.ErrKeyUnknown) {
		return nil, newProblem(NotFound) // here it is not the caller's own key
	}
	return nil, err
}

func (a *API) createGate(ctx context.Context, in *newGateInput) (*gateOutput, error) {
	asked := access.NewGate{Name: in.Body.Name, Line: in.Body.Line, Station: in.Body.Station, Kind: in.Body.Kind}
	if in.Body.MerchantID != nil {
		asked.Merchant = *in.Body.MerchantID
	}
	g, err := a.Access.CreateGate(ctx, asked)
	if err != nil {
		return nil, err
	}
	key, _, err := a.Access.CreateKey(ctx, access.ForGate(g.ID))
	if err != nil {
		return nil, err
	}
	return &gateOutput{Gate{g.ID, g.Name, g.Line, g.Station, g.Kind, g.Merchant, key, g.CreatedAt.UTC()}}, nil
}

func (a *API) merchantName(ctx context.Context, id ids.Merchant) (string, error) {
	m, err := a.Access.Merchant(ctx, id)
	return m.Name, err
}
