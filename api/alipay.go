package api

import (
	"context"
	"net/http"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/api/alipay"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/platform"
)

// AlipayApp is what a client of Alipay's OpenAPI is configured with.
type AlipayApp struct {
	AppID     string `json:"app_id" doc:"the merchant's TypeID" example:"mer_01jfja0yrcfgzrmq9f3r69q2kp"`
	PublicKey string `json:"platform_public_key" doc:"verifies the answers: RSA, SubjectPublicKeyInfo in base64. The same for all merchants"`
	Gateway   string `json:"gateway" doc:"where calls are sent" example:"https://pay.example.com/gateway.do"`
	SignType  string `json:"sign_type" enum:"RSA2" doc:"SHA256withRSA"`
}

type (
	alipayInput struct {
		MerchantPath
		Body struct {
			PublicKey string `json:"public_key" minLength:"1" maxLength:"2048" doc:"the merchant's: RSA of 2048 to 4096 bits, SubjectPublicKeyInfo in PEM, or its base64 alone"`
		}
	}
	alipayOutput struct{ Body AlipayApp }
)

// alipayCalls adds what tills need that speak Alipay's OpenAPI.
func (a *API) alipayCalls() {
	if a.Platform == nil {
		return
	}
	register(a, route{method: "POST", path: "/v1/merchants/{id}/alipay", id: "set-merchant-alipay", tag: "Operator", role: access.RoleOperator, status: http.StatusOK,
		summary: "Let a merchant's till speak Alipay's OpenAPI", about: "Takes the merchant's public key, in place of the one before, and answers what the till's client is configured with.",
		codes: []Code{NotFound}}, a.setAlipay)
}

func (a *API) setAlipay(ctx context.Context, in *alipayInput) (*alipayOutput, error) {
	public, err := platform.ParsePublicKey(in.Body.PublicKey)
	if err != nil {
		return nil, field.Wrong("public_key", "%v", err)
	}
	if platform.IsKey(public, a.Platform.RSA()) {
		return nil, field.Wrong("public_key", "is the platform's, not the merchant's")
	}
	if err := a.Access.SetAlipayKey(ctx, in.ID, public); err != nil {
		return nil, err
	}
	return &alipayOutput{AlipayApp{in.ID.String(), platform.PublicText(a.Platform.RSA()), exchangeOf(ctx).origin + alipay.Path, "RSA2"}}, nil
}
