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
	AppID       string `json:"app_id" doc:"the merchant's TypeID" example:"mer_01jfja0yrcfgzrmq9f3r69q2kp"`
	PublicKey   string `json:"platform_public_key" doc:"verifies the answers: RSA, SubjectPublicKeyInfo in base64. The same for all merchants"`
	Gateway     string `json:"gateway" doc:"where calls are sent" example:"https://pay.example.com/gateway.do"`
	Endpoint    string `json:"endpoint" doc:"where calls by OpenAPI v3 are sent: /v3/alipay/… behind it" example:"https://pay.example.com"`
	SignType    string `json:"sign_type" enum:"RSA2" doc:"SHA256withRSA"`
	AppCertSN   string `json:"app_cert_sn,omitempty" doc:"the name of the merchant's certificate, where he has one"`
	Certificate string `json:"platform_certificate,omitempty" doc:"for a merchant with a certificate: the platform's, in PEM. It is self-signed, and the root certificate, too"`
	CertSN      string `json:"platform_cert_sn,omitempty" doc:"its name, both alipay_cert_sn and alipay_root_cert_sn"`
}

type (
	alipayInput struct {
		MerchantPath
		Body struct {
			PublicKey   string `json:"public_key,omitempty" maxLength:"2048" doc:"the merchant's: RSA of 2048 to 4096 bits, SubjectPublicKeyInfo in PEM, or its base64 alone"`
			Certificate string `json:"certificate,omitempty" maxLength:"16384" doc:"instead of public_key, for clients in certificate mode: X.509 of such a key, in PEM"`
			SHA1        bool   `json:"sha1,omitempty" doc:"also take calls of sign_type RSA, which is SHA-1, and answer them likewise: for tills that cannot do better"`
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
		summary: "Let a merchant's till speak Alipay's OpenAPI", about: "Takes the merchant's public key or certificate, in place of what was set before, and answers what the till's client is configured with.",
		codes: []Code{NotFound}}, a.setAlipay)
}

func (a *API) setAlipay(ctx context.Context, in *alipayInput) (*alipayOutput, error) {
	app := access.AlipayApp{Merchant: in.ID, SHA1: in.Body.SHA1}
	out := AlipayApp{AppID: in.ID.String(), PublicKey: platform.PublicText(a.Platform.RSA()), Endpoint: exchangeOf(ctx).origin, SignType: "RSA2"}
	out.Gateway = out.Endpoint + alipay.Path
	name := "public_key"
	var err error
	switch {
	case (in.Body.PublicKey == "") == (in.Body.Certificate == ""):
		return nil, field.Wrong(name, "must be there, or a certificate, but not both")
	case in.Body.Certificate == "":
		app.PublicKey, err = platform.ParsePublicKey(in.Body.PublicKey)
	default:
		var c platform.Certificate
		name = "certificate"
		if c, err = platform.ParseCertificate(in.Body.Certificate); err == nil {
			app.Certificate, app.PublicKey = c.Raw, c.RawSubjectPublicKeyInfo
			out.AppCertSN, out.Certificate, out.CertSN = alipay.CertSN(c.Certificate), a.Platform.PEM(), alipay.CertSN(a.Platform.Certificate)
		}
	}
	if err != nil {
		return nil, field.Wrong(name, "%v", err)
	}
	if platform.IsKey(app.PublicKey, a.Platform.RSA()) {
		return nil, field.Wrong(name, "is the platform's, not the merchant's")
	}
	if err := a.Access.SetAlipayApp(ctx, app); err != nil {
		return nil, err
	}
	return &alipayOutput{out}, nil
}
