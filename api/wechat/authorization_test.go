package wechat

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

const goodHeader = `WECHATPAY2-SHA256-RSA2048 mchid="1230000109",nonce_str="n",signature="AAAA",timestamp="1795290469",serial_no="0aB1"`

func TestAuthorizationIsReadStrictly(t *testing.T) {
	a, err := parseAuthorization([]string{goodHeader})
	if err != nil || a.mchID != "1230000109" || a.nonce != "n" || a.serial != "0AB1" || a.timestamp != "1795290469" || len(a.signature) != 3 {
		t.Errorf("read %+v, %v", a, err)
	}
	for what, bad := range map[string]string{
		"empty":             "",
		"another scheme":    strings.Replace(goodHeader, "RSA2048", "RSA4096", 1),
		"lower case":        strings.Replace(goodHeader, "WECHATPAY2", "wechatpay2", 1),
		"no comma":          strings.Replace(goodHeader, `",nonce`, `"nonce`, 1),
		"a comma more":      goodHeader + ",",
		"a name twice":      goodHeader + `,mchid="1230000109"`,
		"a name more":       goodHeader + `,x="y"`,
		"one less":          strings.Replace(goodHeader, `nonce_str="n",`, "", 1),
		"unquoted":          strings.Replace(goodHeader, `"n"`, "n", 1),
		"empty value":       strings.Replace(goodHeader, `"n"`, `""`, 1),
		"escaped":           strings.Replace(goodHeader, `"n"`, `"\n"`, 1),
		"half quoted":       strings.Replace(goodHeader, `"n"`, `"`, 1),
		"space":             strings.Replace(goodHeader, `"n"`, `"n n"`, 1),
		"tab between":       strings.Replace(goodHeader, `,nonce`, ",\tnonce", 1),
		"long nonce":        strings.Replace(goodHeader, `"n"`, `"`+strings.Repeat("n", 129)+`"`, 1),
		"time with a sign":  strings.Replace(goodHeader, `"1795290469"`, `"+1795290469"`, 1),
		"time with a zero":  strings.Replace(goodHeader, `"1795290469"`, `"01795290469"`, 1),
		"time of words":     strings.Replace(goodHeader, `"1795290469"`, `"now"`, 1),
		"probe":             strings.Replace(goodHeader, `"AAAA"`, `"WECHATPAY/SIGNTEST/AAAA"`, 1) + "=",
		"not base64":        strings.Replace(goodHeader, `"AAAA"`, `"AAA"`, 1),
		"loose base64":      strings.Replace(goodHeader, `"AAAA"`, `"AAB="`, 1),
		"base64 of the URL": strings.Replace(goodHeader, `"AAAA"`, `"A_AA"`, 1),
	} {
		if a, err := parseAuthorization([]string{bad}); err == nil {
			t.Errorf("%s: read as %+v", what, a)
		}
	}
	for _, headers := range [][]string{nil, {goodHeader, goodHeader}} {
		if _, err := parseAuthorization(headers); err == nil {
			t.Errorf("%d headers were read", len(headers))
		}
	}
}

// FuzzAuthorization: what is read can be written, and is then read as the same.
func FuzzAuthorization(f *testing.F) {
	f.Add(goodHeader)
	f.Fuzz(func(t *testing.T, header string) {
		a, err := parseAuthorization([]string{header})
		if err != nil {
			return
		}
		again, err := parseAuthorization([]string{fmt.Sprintf(`%s mchid="%s", nonce_str="%s",serial_no="%s",signature="%s",timestamp="%s"`,
			scheme, a.mchID, a.nonce, a.serial, base64.StdEncoding.EncodeToString(a.signature), a.timestamp)})
		if err != nil || fmt.Sprint(again) != fmt.Sprint(a) {
			t.Errorf("%q: read as %v, and then as %v, %v", header, a, again, err)
		}
	})
}
