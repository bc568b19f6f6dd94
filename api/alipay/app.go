package alipay

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/platform"
)

// app is who calls, as the operator has registered him.
type app struct {
	id     ids.Merchant
	key    *rsa.PublicKey
	certSN string // of his certificate; empty in public-key mode
	sha1   bool   // sign_type RSA is taken
}

// app finds an app by its app_id.
func (g *Gateway) app(ctx context.Context, appID string) (a app, err error) {
	nobody := invalid("app-id", "there is no such app")
	if a.id, err = ids.Parse[ids.Merchant](appID); err != nil {
		return a, nobody
	}
	kept, err := g.Merchants.AlipayApp(ctx, a.id)
	switch {
	case errors.Is(err, access.ErrNotFound):
		return a, nobody
	case err != nil:
		return a, err
	}
	if a.sha1 = kept.SHA1; len(kept.Certificate) > 0 {
		c, err := x509.ParseCertificate(kept.Certificate)
		if err != nil {
			return a, err
		}
		a.certSN = CertSN(c)
	}
	a.key, err = platform.PublicKey(kept.PublicKey)
	return a, err
}

// hash is that of a sign_type.
func (a app) hash(signType string) (crypto.Hash, error) {
	switch {
	case signType == "RSA2":
		return crypto.SHA256, nil
	case signType == "RSA" && a.sha1:
		return crypto.SHA1, nil
	}
	return 0, invalid("signature-type", "sign_type must be RSA2")
}

// mode refuses a call in the other mode, public key or certificate, than the app is
// registered in, and one by other certificates.
func (a app) mode(g *Gateway, appCertSN, rootCertSN string) error {
	switch {
	case a.certSN == "" && appCertSN == "":
		return nil
	case a.certSN == "":
		return invalid("app-cert-sn", "the app has no certificate here")
	case appCertSN == "":
		return missing("app-cert-sn", "app_cert_sn")
	case appCertSN != a.certSN:
		return invalid("app-cert-sn", "the app has another certificate here")
	case rootCertSN != "" && rootCertSN != g.certSN():
		return invalid("alipay-root-cert-sn", "the platform has another root certificate")
	}
	return nil
}
