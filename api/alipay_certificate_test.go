package api_test

import (
	"crypto"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// certificateOf is a self-signed one of a key.
func certificateOf(t *testing.T, k *rsa.PrivateKey) string {
	t.Helper()
	about := x509.Certificate{
		SerialNumber: big.NewInt(20261127), Subject: pkix.Name{Country: []string{"CN"}, Organization: []string{"Tea"}, CommonName: "tea.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, &about, &about, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// TestAlipayCertificateMode: the official client, set up with the merchant's and the platform's
// certificates, pays and believes what it is answered, at the gateway and by OpenAPI v3.
func TestAlipayCertificateMode(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 10_000))
	path, own := "/v1/merchants/"+a.id+"/alipay", certificateOf(t, a.key)
	for _, bad := range []obj{
		{}, {"certificate": own, "public_key": publicPEM(t, &a.key.PublicKey)}, {"certificate": own + own}, {"certificate": publicPEM(t, &a.key.PublicKey)},
		{"certificate": identity().Certificate.PEM()},
	} {
		w.want(w.call(bearer(w.op), "POST", path, bad), 422, "invalid_request")
	}
	set := w.want(w.call(bearer(w.op), "POST", path, obj{"certificate": own}), 200)
	sum := md5.Sum([]byte("CN=tea.example,O=Tea,C=CN20261127"))
	if sn := hex.EncodeToString(sum[:]); set.str("app_cert_sn") != sn {
		t.Errorf("app_cert_sn %q, want %s", set.str("app_cert_sn"), sn)
	}
	platform := set.str("platform_certificate")
	a.config = obj{"appCertContent": own, "alipayPublicCertContent": platform, "alipayRootCertContent": platform, "alipayPublicKey": ""}
	code := p.digits()
	got := a.official(w.url+"/gateway.do",
		asks("alipay.trade.pay", barcode("N1", code, "60.00")),
		asks("alipay.trade.query", obj{"out_trade_no": "N1"}),
		asks("alipay.trade.pay", barcode("N2", code, "1.00")),
		asks("alipay.open.app.alipaycert.download", obj{"alipay_cert_sn": set.str("platform_cert_sn")}),
		asks("alipay.open.app.alipaycert.download", obj{"alipay_cert_sn": "none"}),
		obj{"curl": []any{"POST", "/v3/alipay/trade/query", obj{"body": obj{"out_trade_no": "N1"}}}},
	)
	for i, want := range []string{"10000", "10000", "40004", "10000", "40004"} {
		if got[i]["code"] != want {
			t.Errorf("call %d: %v, want %s", i, got[i], want)
		}
	}
	if text, err := base64.StdEncoding.DecodeString(got[3]["alipayCertContent"].(string)); err != nil || string(text) != platform {
		t.Errorf("downloaded %q, %v", text, err)
	}
	if data, _ := got[5]["data"].(map[string]any); data["trade_status"] != "TRADE_SUCCESS" {
		t.Errorf("by OpenAPI v3: %v", got[5])
	}

	// Whoever holds the certificate must say so, and nobody else may.
	call := func(of *alipayTill, names map[string]string) obj {
		c := of.call("alipay.trade.query", obj{"out_trade_no": "N1"})
		maps.Copy(c, names)
		of.sign(c)
		return of.send(split(t, w.url+"/gateway.do", c))
	}
	mine, platformSN := set.str("app_cert_sn"), set.str("platform_cert_sn")
	a.want(call(a, nil), "40001", "isv.missing-app-cert-sn")
	a.want(call(a, map[string]string{"app_cert_sn": platformSN}), "40002", "isv.invalid-app-cert-sn")
	a.want(call(a, map[string]string{"app_cert_sn": mine, "alipay_root_cert_sn": mine}), "40002", "isv.invalid-alipay-root-cert-sn")
	a.want(call(a, map[string]string{"app_cert_sn": mine, "alipay_root_cert_sn": platformSN}), "10000", "")
	other := newAlipayTill(w, "Cake")
	other.want(call(other, map[string]string{"app_cert_sn": mine}), "40002", "isv.invalid-app-cert-sn")
	c := a.call("alipay.trade.query", obj{"out_trade_no": "N1"})
	c["app_cert_sn"] = mine
	a.sign(c)
	if text := w.send(split(t, w.url+"/gateway.do", c)).text; !strings.Contains(text, `},"alipay_cert_sn":"`+platformSN+`","sign":"`) {
		t.Errorf("answered %s", text)
	}
}

// TestAlipaySHA1: a till that can only sign over SHA-1 is heard where the operator says so, and
// answered likewise.
func TestAlipaySHA1(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 10_000))
	path, public := "/v1/merchants/"+a.id+"/alipay", publicPEM(t, &a.key.PublicKey)
	a.config = obj{"signType": "RSA"}
	s := newTold(t)
	pay := asks("alipay.trade.pay", barcode("N1", p.text(), "60.00"))
	pay["notifyUrl"] = s.URL
	refused := a.official(w.url+"/gateway.do", pay)[0]
	w.want(w.call(bearer(w.op), "POST", path, obj{"public_key": public, "sha1": true}), 200)
	paid := a.official(w.url+"/gateway.do", pay)[0]
	if refused["subCode"] == "" || refused["code"] == "10000" || paid["code"] != "10000" {
		t.Errorf("answered %v, then %v", refused, paid)
	}
	if v := s.next(t); v.Get("sign_type") != "RSA" {
		t.Errorf("told by %s", v.Get("sign_type"))
	} else {
		a.verifies(true, v)
	}
	a.want(a.do("alipay.trade.query", obj{"out_trade_no": "N1"}), "10000", "") // RSA2 still, and so answered
	w.want(w.call(bearer(w.op), "POST", path, obj{"public_key": public}), 200)
	call := a.call("alipay.trade.query", obj{"out_trade_no": "N1"})
	call["sign_type"] = "RSA"
	delete(call, "sign")
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(call)) {
		parts = append(parts, k+"="+call[k])
	}
	h := crypto.SHA1.New()
	h.Write([]byte(strings.Join(parts, "&")))
	signature, err := rsa.SignPKCS1v15(nil, a.key, crypto.SHA1, h.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	call["sign"] = base64.StdEncoding.EncodeToString(signature)
	a.want(a.send(request(t, http.MethodPost, w.url+"/gateway.do", encoded(call))), "40002", "isv.invalid-signature-type")
}
