package alipay

import (
	"crypto/md5"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"

	"context"

	"github.com/paycode/paycode/access"
)

// CertSN is how a certificate is named: the MD5 of its issuer's name (RFC 4514) and its
// serial number in decimal. It is a name: what is believed of a certificate is its key.
func CertSN(c *x509.Certificate) string {
	sum := md5.Sum([]byte(c.Issuer.String() + c.SerialNumber.String()))
	return hex.EncodeToString(sum[:])
}

// download answers the platform's certificate to a client that met its name in an answer
// and does not know it: alipay.open.app.alipaycert.download.
func (g *Gateway) download(_ context.Context, _ access.Merchant, b business) (answer, error) {
	if b.AlipayCertSN != g.certSN() {
		return answer{}, failed("isv.invalid-alipay-cert-sn", "there is no such certificate")
	}
	return answer{result: success, AlipayCertContent: base64.StdEncoding.EncodeToString([]byte(g.Platform.Certificate.PEM()))}, nil
}

func (g *Gateway) certSN() string { return CertSN(g.Platform.Certificate.Certificate) }
