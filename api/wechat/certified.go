package wechat

import (
	"bytes"
	"crypto/sha256"
	"net/http"

	"github.com/paycode/paycode/ids"
)

// errCertificate is for a till that came without its merchant's certificate.
var errCertificate = &refusal{"CERT_ERROR", "证书校验错误 (come with the client certificate that is registered for the merchant)"}

// certified checks that a till whose merchant has registered a certificate came with it. The
// handshake has shown that it has the private key (RFC 8446, section 4.4.3); who issued the
// certificate does not matter, because it is this very one.
func (c *Calls) certified(r *http.Request, m ids.Merchant) error {
	want, err := c.Keys.WeChatClient(r.Context(), m)
	if err != nil || len(want) == 0 {
		return err
	}
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return errCertificate
	}
	if sum := sha256.Sum256(r.TLS.PeerCertificates[0].Raw); !bytes.Equal(sum[:], want) {
		return errCertificate
	}
	return nil
}
