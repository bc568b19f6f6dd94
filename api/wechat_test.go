package api_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/paycode/paycode/platform"
)

func TestWeChatIsSetUp(t *testing.T) {
	w := newWorld(t)
	id, key := w.newMerchant("shop")
	path := "/v1/merchants/" + id + "/wechat"
	good := obj{"api_key": strings.Repeat("k", 32)}
	set := w.want(w.call(bearer(w.op), "POST", path, good), 200)
	if set.str("mch_id") != id || len(set.str("appid")) != 18 {
		t.Errorf("answered %s", set.text)
	}
	if again := w.want(w.call(bearer(w.op), "POST", path, good), 200); again.text != set.text {
		t.Errorf("again: %s", again.text)
	}
	for _, bad := range []string{"", strings.Repeat("k", 31), strings.Repeat("k", 31) + "-"} {
		if r := w.want(w.call(bearer(w.op), "POST", path, obj{"api_key": bad}), 422, "invalid_request"); bad != "" && strings.Contains(r.text, bad) {
			t.Errorf("the answer holds the key: %s", r.text)
		}
	}
	w.want(w.call(bearer(w.op), "POST", "/v1/merchants/mer_01jfja0yrcfgzrmq9f3r69q2kp/wechat", good), 404, "not_found")
	w.want(w.call(bearer(key), "POST", path, good), 403, "forbidden")
	w.want(w.call(nobody, "GET", "/pay/micropay", nil), 405, "method_not_allowed")
}

// TestWeChatV3IsSetUp: a key with a name in either form, and nothing that is half or the platform's.
func TestWeChatV3IsSetUp(t *testing.T) {
	w := newWorld(t)
	id, _ := w.newMerchant("shop")
	path, key := "/v1/merchants/"+id+"/wechat", strings.Repeat("k", 32)
	till := tillKeys[0]()
	public, ours := platform.PublicText(&till.PublicKey), identity().Certificate
	good := obj{"api_v3_key": key, "public_key": public, "serial_no": "408b07e79b8269fec3d5d3e6ab8ed163a6a380db"}
	set := w.want(w.call(bearer(w.op), "POST", path, good), 200)
	if set.str("platform_serial") != ours.Serial() || set.str("platform_certificate") != ours.PEM() || set.str("platform_public_key") != platform.PublicText(ours.RSA()) {
		t.Errorf("answered %s", set.text)
	}
	with := func(name string, value any) obj {
		bad := maps.Clone(good)
		if bad[name] = value; value == nil {
			delete(bad, name)
		}
		return bad
	}
	for what, bad := range map[string]obj{
		"no secret": with("api_v3_key", nil), "a short secret": with("api_v3_key", key[1:]), "no key": with("public_key", nil), "no serial": with("serial_no", nil),
		"a serial that is none": with("serial_no", "x"), "a key that is none": with("public_key", "x"), "a certificate that is none": with("certificate", "x"),
		"the platform's key":         with("public_key", platform.PublicText(ours.RSA())),
		"the platform's certificate": {"api_v3_key": key, "certificate": ours.PEM()},
		"key and certificate":        with("certificate", ours.PEM()),
		"a serial and a certificate": {"api_v3_key": key, "certificate": ours.PEM(), "serial_no": "01"},
		"a client's that is none":    {"client_certificate": "x"},
		"a good one and a bad one":   {"api_key": key, "client_certificate": "x"},
		"nothing":                    {},
	} {
		if r := w.call(bearer(w.op), "POST", path, bad); r.status != 422 || strings.Contains(r.text, key) {
			t.Errorf("%s: %d %s", what, r.status, r.text)
		}
	}
	w.want(w.call(bearer(w.op), "POST", path, obj{"client_certificate": ours.PEM()}), 200)
}
