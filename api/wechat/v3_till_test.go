package wechat_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// v3Call is a call of version 3, part by part, so that a test can alter each. It shares no code with what it tests.
type v3Call struct {
	method, target, body             string
	scheme, mchID, nonce, at, serial string
	signature                        []byte
	header                           string // the whole of it, in the place of what the parts say
	twice                            bool   // the header is sent twice
}

func (w *world) v3Call(method, target string, body any) v3Call {
	w.Helper()
	c := v3Call{method: method, target: target, scheme: "WECHATPAY2-SHA256-RSA2048", mchID: w.mchID, nonce: rand.Text(), serial: them().Certificate.Serial()}
	if body != nil {
		text, err := json.Marshal(body)
		w.must(err)
		c.body = string(text)
	}
	return c.signedAt(time.Now(), them().Key)
}

func (c v3Call) signedAt(at time.Time, by *rsa.PrivateKey) v3Call {
	c.at = fmt.Sprint(at.Unix())
	sum := sha256.Sum256([]byte(c.method + "\n" + c.target + "\n" + c.at + "\n" + c.nonce + "\n" + c.body + "\n"))
	var err error
	if c.signature, err = rsa.SignPKCS1v15(nil, by, crypto.SHA256, sum[:]); err != nil {
		panic(err)
	}
	return c
}

func (c v3Call) authorization() string {
	if c.header != "" {
		return c.header
	}
	return fmt.Sprintf(`%s mchid="%s",nonce_str="%s",signature="%s",timestamp="%s",serial_no="%s"`,
		c.scheme, c.mchID, c.nonce, base64.StdEncoding.EncodeToString(c.signature), c.at, c.serial)
}

// v3Answer is what came of a call.
type v3Answer struct {
	status int
	header http.Header
	body   string
	said   map[string]any
}

// send sends a call, and fails unless the answer is signed exactly when the till was known.
func (w *world) send(c v3Call) v3Answer {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), c.method, w.server.URL()+c.target, strings.NewReader(c.body))
	w.must(err)
	if h := c.authorization(); h != "none" {
		r.Header.Add("Authorization", h)
	}
	if c.twice {
		r.Header.Add("Authorization", c.authorization())
	}
	resp, err := http.DefaultClient.Do(r)
	w.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	w.must(err)
	a := v3Answer{status: resp.StatusCode, header: resp.Header, body: string(text)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		w.must(json.Unmarshal(text, &a.said))
	}
	if known := a.status != http.StatusUnauthorized; a.signedBy(&us().Key.PublicKey) != known {
		w.Errorf("%s %s: %d %s, signed: %v", c.method, c.target, a.status, a.body, !known)
	}
	return a
}

func (a v3Answer) signedBy(k *rsa.PublicKey) bool {
	sum := sha256.Sum256([]byte(a.header.Get("Wechatpay-Timestamp") + "\n" + a.header.Get("Wechatpay-Nonce") + "\n" + a.body + "\n"))
	signature, err := base64.StdEncoding.DecodeString(a.header.Get("Wechatpay-Signature"))
	return err == nil && a.header.Get("Wechatpay-Serial") == us().Certificate.Serial() && rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], signature) == nil
}
