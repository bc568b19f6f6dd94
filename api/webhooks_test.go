package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestWebhooks(t *testing.T) {
	w := newWorld(t)
	_, key := w.newMerchant("Corner Shop")
	shop := bearer(key)
	made := w.want(w.call(shop, "POST", "/v1/webhooks", obj{"url": "https://shop.example/hook", "events": []string{"payment.succeeded"}}), 201)
	if !strings.HasPrefix(made.str("secret"), "whsec_") {
		t.Errorf("webhook: %s", made.text)
	}
	if list := w.want(w.call(shop, "GET", "/v1/webhooks", nil), 200); strings.Contains(list.text, "whsec_") || !strings.Contains(list.text, made.str("id")) {
		t.Errorf("webhooks: %s", list.text)
	}
	for _, bad := range []obj{{"url": "http://shop.example/"}, {"url": "https://10.0.0.1/"}, {"url": "nonsense"}, {"url": "https://shop.example/", "events": []string{"x"}}} {
		w.want(w.call(shop, "POST", "/v1/webhooks", bad), 422, "invalid_request")
	}
	path := "/v1/webhooks/" + made.str("id")
	w.want(w.call(shop, "GET", path+"/deliveries", nil), 200)
	changed := w.want(w.call(shop, "PATCH", path, obj{"url": "https://shop.example/hook2", "events": []string{}, "enabled": false}), 200)
	if changed.str("url") != "https://shop.example/hook2" || len(changed.body["events"].([]any)) != 5 || changed.body["enabled"] != false || changed.str("disabled_at") == "" {
		t.Errorf("changed: %s", changed.text)
	}
	for _, bad := range []obj{{"url": "http://shop.example/"}, {"url": ""}, {"url": 5}, {"events": []string{"x"}}, {"enabled": "yes"}} {
		w.want(w.call(shop, "PATCH", path, bad), 422, "invalid_request")
	}
	w.want(w.call(shop, "POST", path+"/redeliver", obj{"since": "2026-11-20T00:00:00Z"}), 409, "webhook_disabled")
	w.want(w.call(shop, "POST", path+"/deliveries/evt_01jfja0yrcfgzrmq9f3r69q2kp/redeliver", nil), 409, "webhook_disabled")
	if same := w.want(w.call(shop, "PATCH", path, obj{"enabled": true}), 200); same.str("url") != changed.str("url") || same.body["enabled"] != true {
		t.Errorf("enabled: %s", same.text)
	}
	w.want(w.call(shop, "POST", path+"/redeliver", obj{}), 422, "invalid_request")
	w.want(w.call(shop, "POST", path+"/redeliver", obj{"since": "yesterday"}), 422, "invalid_request")
	if again := w.want(w.call(shop, "POST", path+"/redeliver", obj{"since": "2026-11-20T00:00:00Z"}), 202); again.body["redelivered"] != 0.0 || again.body["more"] != false {
		t.Errorf("again: %s", again.text)
	}
	w.want(w.call(shop, "POST", path+"/deliveries/evt_01jfja0yrcfgzrmq9f3r69q2kp/redeliver", nil), 404, "not_found")
	secrets := map[string]bool{made.str("secret"): true}
	for range 4 {
		next := w.want(w.call(shop, "POST", path+"/secret", nil), 200)
		if secrets[next.str("secret")] || !strings.HasPrefix(next.str("secret"), "whsec_") || next.str("old_until") == "" {
			t.Errorf("secret: %s", next.text)
		}
		secrets[next.str("secret")] = true
	}
	w.want(w.call(shop, "POST", path+"/secret", nil), 409, "too_many_secrets")
	webhookLog(t, w, shop, path)
	w.want(w.call(shop, "DELETE", path, nil), 204)
	w.want(w.call(shop, "DELETE", path, nil), 404, "not_found")
	w.want(w.call(shop, "GET", path+"/deliveries", nil), 404, "not_found")
	w.want(w.call(shop, "PATCH", path, obj{"enabled": true}), 404, "not_found")
	w.want(w.call(shop, "POST", path+"/secret", nil), 404, "not_found")
	w.want(w.call(shop, "POST", path+"/redeliver", obj{"since": "2026-11-20T00:00:00Z"}), 404, "not_found")
	for i := range 10 {
		w.want(w.call(shop, "POST", "/v1/webhooks", obj{"url": fmt.Sprint("https://shop.example/", i)}), 201)
	}
	w.want(w.call(shop, "POST", "/v1/webhooks", obj{"url": "https://shop.example/11"}), 409, "too_many_webhooks")
}

// webhookLog follows deliveries to a shop that is refused, page by page, and one that is sent again.
func webhookLog(t *testing.T, w *world, shop as, path string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusTeapot) }))
	defer server.Close()
	w.want(w.call(shop, "PATCH", path, obj{"url": strings.Replace(server.URL, "127.0.0.1", "localhost", 1)}), 200)
	for i := range 3 {
		w.want(w.call(shop, "POST", "/v1/payments", charge(fmt.Sprint("W-", i), "701234567893326376", 5)), 201)
	}
	var first reply
	for range 500 {
		first = w.want(w.call(shop, "GET", path+"/deliveries?limit=2", nil), 200)
		if all := first.body["deliveries"].([]any); first.str("next_cursor") != "" && all[0].(obj)["attempts"] != 0.0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	d := first.body["deliveries"].([]any)[0].(obj)
	tries, _ := d["tries"].([]any)
	if d["state"] != "waiting" || d["last_answer"] != "418 I'm a teapot" || d["next_at"] == nil || len(tries) == 0 || tries[0].(obj)["answer"] != "418 I'm a teapot" {
		t.Errorf("deliveries: %s", first.text)
	}
	second := w.want(w.call(shop, "GET", path+"/deliveries?limit=2&cursor="+first.str("next_cursor"), nil), 200)
	if len(second.body["deliveries"].([]any)) != 1 || second.str("next_cursor") != "" {
		t.Errorf("pages: %s, then %s", first.text, second.text)
	}
	again := w.want(w.call(shop, "POST", path+"/deliveries/"+d["event_id"].(string)+"/redeliver", nil), 202)
	if again.str("event_id") != d["event_id"] || again.str("state") != "waiting" {
		t.Errorf("sent again: %s", again.text)
	}
	w.want(w.call(shop, "GET", path+"/deliveries?limit=101", nil), 422, "invalid_request")
}
