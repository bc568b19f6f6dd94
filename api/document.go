package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"github.com/paycode/paycode/access"
)

// Version is that of the contract.
const Version = "1.0.0"

const about = `Paying when the network is gone: a payer's device makes a payment code without network, a till reads it, and the server moves the money once.

**Amounts** are integers of the currency's minor unit: ` + "`amount: 1250, currency: \"CNY\"`" + ` is 12.50 yuan. **Times** are RFC 3339, UTC. **Ids** are TypeIDs: a prefix, an underscore and a UUIDv7 as 26 Crockford base32 characters. **Fields** that are not documented are ignored in requests, and answers may have more of them in a later version.

**Errors** are problem documents (RFC 9457) with a stable ` + "`code`" + `. A **decline** is not an error: the payment exists, with ` + "`status: \"declined\"`" + ` and a ` + "`decline_code`" + `.

**Repeating**: every call may be sent again when its answer was lost. What carries a number of the caller's own (order_no, refund_no, reference, external_id, ticket) happens once. A charge whose fate is unknown is looked up by its order_no, or made impossible by canceling the order.`

// newDocument is the document before any call is in it.
func newDocument() *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: "paycode", Version: Version, Description: about, License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				string(access.RoleOperator): {Type: "http", Scheme: "bearer", Description: "The wallet company's own backend: Authorization: Bearer op_…"},
				string(access.RoleMerchant): {Type: "http", Scheme: "bearer", Description: "A merchant's till or backend: Authorization: Bearer mk_…"},
				string(access.RoleGate):     {Type: "http", Scheme: "bearer", Description: "A gate: Authorization: Bearer gk_…"},
				string(RoleDevice): {Type: "http", Scheme: "dpop", Description: "A payer's device: Authorization: DPoP ACCESS_TOKEN, with a new proof in the DPoP header of every request " +
					"(RFC 9449): ES256 by the key enrolled as public_key, ath of the access token, iat within 60 seconds of the server's clock."},
			},
		},
		Tags: []*huma.Tag{
			{Name: "Operator", Description: "The wallet company: payers, devices, merchants, books."},
			{Name: "Issuer", Description: "What the issuer publishes for whoever verifies without network."},
			{Name: "Device", Description: "A payer's phone or watch: enrolment, sync, history, confirmations."},
			{Name: "Merchant", Description: "Tills and their backends: charge, look up, cancel, refund."},
			{Name: "Gate", Description: "A gate of a metro, a bus or a stadium, whenever it has network."},
			{Name: "Health", Description: "For who runs the server."},
		},
	}
}

// publish finishes the document and has it served, for programs and for people.
func (a *API) publish() error {
	doc := a.huma.OpenAPI()
	problems := make([]map[string]any, len(kinds))
	for i, k := range kinds {
		problems[i] = map[string]any{"code": k.Code, "status": k.Status, "title": k.Title, "detail": k.Detail}
	}
	reasons := make([]map[string]any, len(declines))
	for i, d := range declines {
		reasons[i] = map[string]any{"decline_code": d.Code, "meaning": d.Meaning}
	}
	doc.Extensions = map[string]any{"x-problems": problems, "x-declines": reasons}
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel") // huma's own, which is never sent
	delete(schemas, "ErrorDetail")

	var err error
	if a.document, err = json.Marshal(doc, json.Deterministic(true)); err != nil {
		return fmt.Errorf("api: document: %w", err)
	}
	page, err := renderDocs(doc, a.routes)
	if err != nil {
		return fmt.Errorf("api: docs: %w", err)
	}
	a.mux.HandleFunc("GET /openapi.json", fixed("application/openapi+json", a.document))
	a.mux.HandleFunc("GET /docs", fixed("text/html; charset=utf-8", page))
	a.mux.HandleFunc("GET /docs/docs.css", fixed("text/css; charset=utf-8", docsStyle))
	return nil
}

// fixed serves bytes that do not change while the server runs.
func fixed(contentType string, body []byte) http.HandlerFunc {
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		bytes.NewReader(body).WriteTo(w)
	}
}
