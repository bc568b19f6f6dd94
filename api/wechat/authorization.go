package wechat

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// scheme is that of the header Authorization, and says how is signed.
const scheme = "WECHATPAY2-SHA256-RSA2048"

// leeway is how far apart the clocks of a till and of the server may be.
const leeway = 300 * time.Second

// authorization is what a till says of a call of version 3 in its header.
type authorization struct {
	mchID, nonce, serial string
	timestamp            string // as it was sent: seconds since 1970
	signature            []byte
}

// errAuthorization is for a header that is not as documented.
var errAuthorization = errors.New("wechat: the header Authorization is not as documented")

// maxNonce is the longest nonce_str, in characters.
const maxNonce = 128

// parseAuthorization reads the header: the scheme, and five quoted values in any
// order, each once and nothing else. Two readers of it cannot disagree.
func parseAuthorization(headers []string) (a authorization, err error) {
	if len(headers) != 1 {
		return a, errAuthorization
	}
	rest, ok := strings.CutPrefix(headers[0], scheme+" ")
	if !ok {
		return a, errAuthorization
	}
	values := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, quoted, _ := strings.Cut(strings.TrimLeft(part, " "), "=")
		if len(quoted) < 3 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' || strings.ContainsFunc(quoted[1:len(quoted)-1], notPlain) {
			return a, errAuthorization
		}
		if _, twice := values[name]; twice {
			return a, errAuthorization
		}
		values[name] = quoted[1 : len(quoted)-1]
	}
	a = authorization{mchID: values["mchid"], nonce: values["nonce_str"], serial: strings.ToUpper(values["serial_no"]), timestamp: values["timestamp"]}
	a.signature, err = base64.StdEncoding.Strict().DecodeString(values["signature"])
	if err != nil || len(values) != 5 || a.mchID == "" || a.nonce == "" || len(a.nonce) > maxNonce || a.serial == "" || len(a.signature) == 0 {
		return a, errAuthorization
	}
	if n, err := strconv.ParseUint(a.timestamp, 10, 40); err != nil || strconv.FormatUint(n, 10) != a.timestamp {
		return a, errAuthorization
	}
	return a, nil
}

// notPlain is for what no value has: quotation marks, escapes, and all that is not printable ASCII.
func notPlain(c rune) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '\\' }

// at is when the call was made.
func (a authorization) at() time.Time {
	n, _ := strconv.ParseInt(a.timestamp, 10, 64) // parseAuthorization has read it
	return time.Unix(n, 0)
}

// timely says whether the call was made about now.
func (a authorization) timely(now time.Time) bool { return now.Sub(a.at()).Abs() <= leeway }

// of says whether the signature is of a call, by a key. target is the path with the query, as sent.
func (a authorization) of(method, target string, body []byte, by *rsa.PublicKey) bool {
	sum := digest(method, target, a.timestamp, a.nonce, string(body))
	return rsa.VerifyPKCS1v15(by, crypto.SHA256, sum[:], a.signature) == nil
}

// digest is the hash of lines, each of them ended: what version 3 signs.
func digest(lines ...string) [32]byte {
	return sha256.Sum256([]byte(strings.Join(lines, "\n") + "\n"))
}
