package wallet

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// proofClaims are those of RFC 9449, section 4.2.
type proofClaims struct {
	JTI string `json:"jti"`
	HTM string `json:"htm"`
	HTU string `json:"htu"`
	IAT int64  `json:"iat"` // Unix seconds
	ATH string `json:"ath"`
}

// prove makes a DPoP proof (RFC 9449): the request signed with the device's key,
// without which a stolen access token is worth nothing.
func prove(pkcs8 []byte, method string, u *url.URL, accessToken string, now time.Time) (string, error) {
	key, err := parseKey(pkcs8)
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	if err != nil {
		return "", err
	}
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath} // no query, no fragment
	token := sha256.Sum256([]byte(accessToken))
	claims, err := json.Marshal(proofClaims{
		JTI: rand.Text(), HTM: method, HTU: bare.String(), IAT: now.Unix(),
		ATH: base64.RawURLEncoding.EncodeToString(token[:]),
	})
	if err != nil {
		return "", err
	}
	proof, err := signer.Sign(claims)
	if err != nil {
		return "", err
	}
	return proof.CompactSerialize()
}
