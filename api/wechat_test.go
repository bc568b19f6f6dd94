package api_test

import (
	"strings"
	"testing"
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
