package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

type issuerKeysOutput struct {
	Body struct {
		Keys       []json.RawMessage `json:"keys" doc:"JWKs (RFC 7517) on P-256, oldest first; kid is the key's id in decimal"`
		ServerTime time.Time         `json:"server_time" doc:"RFC 3339, UTC: whoever verifies by his own clock compares it"`
	}
}

func (a *API) issuerCalls() {
	register(a, route{method: "GET", path: "/v1/issuer/keys", id: "issuer-keys", tag: "Issuer", status: http.StatusOK,
		summary: "The issuer's public keys", about: "Gates and tills verify passes and receipts with them, also when they have no network: fetch them now and then, and keep them."}, a.issuerKeys)
}

func (a *API) issuerKeys(context.Context, *struct{}) (*issuerKeysOutput, error) {
	keys, err := a.issuerJWKs()
	out := &issuerKeysOutput{}
	out.Body.Keys, out.Body.ServerTime = keys, a.Now().UTC()
	return out, err
}

// issuerJWKs are the issuer's public keys as they are published.
func (a *API) issuerJWKs() ([]json.RawMessage, error) {
	keys, err := a.Issuing.IssuerKeys()
	if err != nil {
		return nil, err
	}
	all := make([]json.RawMessage, len(keys))
	for i, k := range keys {
		if all[i], err = json.Marshal(k); err != nil {
			return nil, fmt.Errorf("issuer key %d: %w", k.ID, err)
		}
	}
	return all, nil
}
