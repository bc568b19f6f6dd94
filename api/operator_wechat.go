package api

import (
	"context"
	"crypto/sha256"
	"net/http"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/platform"
)

// WeChat is what a till that speaks WeChat Pay is to be set up with.
type WeChat struct {
	MchID       string `json:"mch_id" doc:"the merchant's number: his id" example:"mer_01jfja0yrcfgzrmq9f3r69q2kp"`
	AppID       string `json:"appid" doc:"the number of his app" example:"wx0123456789abcdef"`
	Serial      string `json:"platform_serial,omitempty" doc:"version 3: the serial number of platform_certificate" example:"5157F09EFDC096DE15EBE81A47057A7232F1B8E1"`
	Certificate string `json:"platform_certificate,omitempty" doc:"version 3: verifies the answers, in PEM. The same for all merchants; absent where the server has no key of the platform"`
	PublicKey   string `json:"platform_public_key,omitempty" doc:"version 3: the key of platform_certificate alone, SubjectPublicKeyInfo in base64"`
}

// WeChatSetup is with what a merchant's tills call.
type WeChatSetup struct {
	APIKey      string  `json:"api_key,omitempty" maxLength:"32" pattern:"^[0-9A-Za-z]{32}$" doc:"version 2: the secret with which his tills sign: 32 letters and digits"`
	APIv3Key    string  `json:"api_v3_key,omitempty" maxLength:"32" pattern:"^[0-9A-Za-z]{32}$" doc:"version 3: the secret under which certificates and notices are encrypted: 32 letters and digits. With it either certificate, or public_key and serial_no"`
	Certificate string  `json:"certificate,omitempty" maxLength:"16384" doc:"version 3: X.509, in PEM, of the RSA key with which his tills sign"`
	PublicKey   string  `json:"public_key,omitempty" maxLength:"2048" doc:"version 3: that key alone, RSA of 2048 to 4096 bits, SubjectPublicKeyInfo in PEM or as its base64 alone"`
	Serial      string  `json:"serial_no,omitempty" maxLength:"64" doc:"version 3: what his tills call public_key: a serial number in hexadecimal"`
	Client      *string `json:"client_certificate,omitempty" maxLength:"16384" doc:"version 2: X.509, in PEM. Reverse and refund are refused from now on but over TLS with this certificate; empty to ask for none"`
}

type (
	weChatInput struct {
		ID   ids.Merchant `path:"id" doc:"the merchant"`
		Body WeChatSetup
	}
	weChatOutput struct{ Body WeChat }
)

func (a *API) weChatCalls() {
	register(a, route{method: "POST", path: "/v1/merchants/{id}/wechat", id: "set-wechat", tag: "Operator", role: access.RoleOperator, status: http.StatusOK,
		summary: "Let a merchant's tills speak WeChat Pay", about: "Each version with these keys and no others from now on, at once; a version of which nothing is said stays as it was. Such a till calls `/pay/micropay`, `/v3/pay/transactions/codepay` and the like at this server.",
		codes: []Code{NotFound}}, a.setWeChat)
}

func (a *API) setWeChat(ctx context.Context, in *weChatInput) (*weChatOutput, error) {
	with, err := a.weChatSetup(in.Body)
	if err != nil {
		return nil, err
	}
	if err := a.Access.SetWeChat(ctx, in.ID, with); err != nil {
		return nil, err
	}
	told := WeChat{MchID: in.ID.String(), AppID: access.WeChatAppID(in.ID)}
	if p := a.Platform; p != nil {
		told.Serial, told.Certificate, told.PublicKey = p.Serial(), p.PEM(), platform.PublicText(p.RSA())
	}
	return &weChatOutput{told}, nil
}

func (a *API) weChatSetup(b WeChatSetup) (with access.WeChatSetup, err error) {
	with.APIKey = b.APIKey
	if b.Client != nil {
		hash := []byte{}
		if *b.Client != "" {
			c, err := platform.ParseCertificate(*b.Client)
			if err != nil {
				return with, field.Wrong("client_certificate", "%v", err)
			}
			sum := sha256.Sum256(c.Raw)
			hash = sum[:]
		}
		with.Client = &hash
	}
	if b.APIv3Key == "" && b.Certificate == "" && b.PublicKey == "" && b.Serial == "" {
		return with, nil
	}
	v3, err := b.v3()
	if err != nil {
		return with, err
	}
	switch {
	case a.Platform == nil:
		return with, field.Wrong("api_v3_key", "is of no use: the server has no key of the platform (serve --platform-key)")
	case platform.IsKey(v3.PublicKey, a.Platform.RSA()):
		return with, field.Wrong("public_key", "is the platform's, not the merchant's")
	}
	with.V3 = v3
	return with, nil
}

// v3 is what is said of version 3: the secret, and one key with its name.
func (b WeChatSetup) v3() (*access.WeChatV3Setup, error) {
	v3 := &access.WeChatV3Setup{APIKey: b.APIv3Key}
	if (b.Certificate == "") == (b.PublicKey == "") {
		return nil, field.Wrong("certificate", "or public_key must be given, and not both")
	}
	if b.Certificate != "" {
		c, err := platform.ParseCertificate(b.Certificate)
		if err != nil {
			return nil, field.Wrong("certificate", "%v", err)
		}
		if b.Serial != "" {
			return nil, field.Wrong("serial_no", "is in the certificate; leave it out")
		}
		v3.Serial, v3.PublicKey = c.Serial(), c.RawSubjectPublicKeyInfo
		return v3, nil
	}
	var err error
	if v3.PublicKey, err = platform.ParsePublicKey(b.PublicKey); err != nil {
		return nil, field.Wrong("public_key", "%v", err)
	}
	if v3.Serial, err = platform.ParseSerial(b.Serial); err != nil {
		return nil, field.Wrong("serial_no", "%v", err)
	}
	return v3, nil
}
