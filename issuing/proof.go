package issuing

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// DefaultProofLeeway is how far a proof's time may be from the server's.
const DefaultProofLeeway = 60 * time.Second

// Bounds of a proof.
const (
	proofType = "dpop+jwt"
	maxProof  = 4096 // bytes of the JWT
	maxJTI    = 256  // bytes of its identifier
)

// expected is what a proof must be about.
type expected struct {
	key         PublicKey
	tokenHash   [32]byte
	method, url string
	now         time.Time
	leeway      time.Duration
}

// proof is what of a good proof must be remembered.
type proof struct {
	jti      [16]byte // the first half of the identifier's SHA-256
	issuedAt time.Time
}

// claims of RFC 9449, section 4.2. Others are ignored.
type claims struct {
	JTI string   `json:"jti"`
	HTM string   `json:"htm"`
	HTU string   `json:"htu"`
	IAT *float64 `json:"iat"` // NumericDate: may have a fraction
	ATH string   `json:"ath"`
}

// checkProof goes through the checks of RFC 9449, section 4.3, but for the last
// one, that the proof is new: the store knows that.
func checkProof(text string, want expected) (proof, error) {
	c, err := verifyProof(text, want.key)
	if err != nil {
		return proof{}, err
	}
	if c.JTI == "" || len(c.JTI) > maxJTI || c.IAT == nil || math.Abs(*c.IAT) > math.MaxInt32*100 {
		return proof{}, fmt.Errorf("%w: jti or iat", ErrProofMalformed)
	}
	ath := base64.RawURLEncoding.EncodeToString(want.tokenHash[:])
	if c.HTM != want.method || !sameURL(c.HTU, want.url) || subtle.ConstantTimeCompare([]byte(c.ATH), []byte(ath)) != 1 {
		return proof{}, ErrProofMismatch
	}
	issuedAt := time.UnixMilli(int64(*c.IAT * 1000))
	if want.now.Sub(issuedAt).Abs() > want.leeway {
		return proof{}, ErrProofStale
	}
	id := sha256.Sum256([]byte(c.JTI))
	return proof{[16]byte(id[:]), issuedAt}, nil
}

// verifyProof checks form and signature. The key that the proof carries must be
// the enrolled one: a proof by any other key verifies just as well by itself.
func verifyProof(text string, key PublicKey) (c claims, err error) {
	if len(text) > maxProof {
		return c, fmt.Errorf("%w: too long", ErrProofMalformed)
	}
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return c, fmt.Errorf("%w: not a JWT signed with ES256", ErrProofMalformed)
	}
	head := jws.Signatures[0].Protected
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); typ != proofType || head.JSONWebKey == nil {
		return c, fmt.Errorf("%w: typ or jwk", ErrProofMalformed)
	}
	if carried, err := p256(head.JSONWebKey); err != nil || carried != key {
		return c, ErrProofKey
	}
	public, err := key.ecdsa()
	if err != nil {
		return c, fmt.Errorf("stored key: %w", err)
	}
	payload, err := jws.Verify(public)
	if err != nil {
		return c, ErrProofKey
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return c, fmt.Errorf("%w: claims", ErrProofMalformed)
	}
	return c, nil
}

// sameURL compares without query and fragment, after the normalization of RFC
// 3986, section 6.2, that matters for http: case of scheme and host, default port,
// empty path.
func sameURL(a, b string) bool {
	na, oka := normalURL(a)
	nb, okb := normalURL(b)
	return oka && okb && na == nb
}

func normalURL(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil {
		return "", false
	}
	scheme, host, path := strings.ToLower(u.Scheme), strings.ToLower(u.Host), u.EscapedPath()
	switch scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	default:
		return "", false
	}
	if path == "" {
		path = "/"
	}
	return scheme + "://" + host + path, true
}
