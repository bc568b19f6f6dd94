package api_test

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMalformed sends everything that is wrong to every documented call. What
// comes back must be a problem with a code, and never a fault of the server.
func TestMalformed(t *testing.T) {
	w := newWorld(t)
	_, key := w.newMerchant("Corner Shop")
	p := enrolled(w, w.newPayer("u-1", "Ada", 5000))
	callers := map[string]as{"operator": bearer(w.op), "gate": bearer(w.newGate(obj{"name": "G", "line": "1"}).key), "merchant": bearer(key), "device": p.as, "": nobody}
	for template, item := range seen.document["paths"].(obj) {
		for method, described := range item.(obj) {
			op, method := described.(obj), strings.ToUpper(method)
			role := roleOf(op)
			w.tryCallers(callers, method, template, role)
			if op["operationId"] == "device-events" || op["operationId"] == "remove-device" {
				continue // without parameters and a body there is nothing wrong: one would not end, the other end the phone
			}
			w.tryPaths(callers[role], method, template)
			w.tryBodies(callers[role], method, template, op)
		}
	}
}

func roleOf(op obj) string {
	for _, scheme := range op["security"].([]any) {
		for name := range scheme.(obj) {
			return name
		}
	}
	return ""
}

// good fills a path with identifiers that name nothing.
func good(template string) string {
	return strings.NewReplacer(
		"/v1/payers/{id}", "/v1/payers/payer_01jfja0yrcfgzrmq9f3r69q2kp", "/v1/devices/{id}", "/v1/devices/dev_01jfja0yrcfgzrmq9f3r69q2kp",
		"/v1/merchants/{id}", "/v1/merchants/mer_01jfja0yrcfgzrmq9f3r69q2kp", "/v1/webhooks/{id}", "/v1/webhooks/wh_01jfja0yrcfgzrmq9f3r69q2kp",
		"payments/{id}", "payments/pay_01jfja0yrcfgzrmq9f3r69q2kp", "{head}", "mk_zzzzz", "{order_no}", "B-1", "{date}", "2026-11-21",
	).Replace(template)
}

// refused fails unless the answer is a problem with a code and the caller's fault.
func (w *world) refused(what string, r reply) {
	w.t.Helper()
	if r.status < 400 || r.status > 499 || r.header.Get("Content-Type") != "application/problem+json" || r.str("code") == "" ||
		r.str("detail") == "" || r.str("title") == "" || !strings.HasPrefix(r.str("type"), "/docs#problem-") || r.body["status"] != float64(r.status) {
		w.t.Errorf("%s: answered %d %s", what, r.status, r.text)
	}
}

// tolerable is for what may be fine: anything but a fault, and problems in their form.
func (w *world) tolerable(what string, r reply) {
	w.t.Helper()
	if r.status >= 400 {
		w.refused(what, r)
	}
}

func (w *world) tryPaths(who as, method, template string) {
	for _, query := range []string{"?limit=x", "?limit=99999999999999999999", "?cursor=x", "?cursor=%ff", "?date=x&date=y", "?%zz", "?a;b", "?limit=-1", "?since=x"} {
		w.tolerable(method+" "+template+query, w.call(who, method, good(template)+query, nil))
	}
	if !strings.Contains(template, "{") {
		return
	}
	for _, id := range []string{
		"x", "%00", "%ff%fe", "..%2f..", strings.Repeat("9", 5000), "pay_01JFJA0YRCFGZRMQ9F3R69Q2KP", "pay_01jfja0yrcfgzrmq9f3r69q2kpp",
		"mer_81jfja0yrcfgzrmq9f3r69q2kp", "-1", "null", "1e99", "%20", "'%3B--", "付款",
	} {
		path := template
		for _, name := range []string{"{id}", "{head}", "{order_no}", "{date}"} {
			path = strings.ReplaceAll(path, name, id)
		}
		w.tolerable(method+" "+path, w.call(who, method, path, nil))
	}
}

func (w *world) tryBodies(who as, method, template string, op obj) {
	body, ok := op["requestBody"].(obj)
	if !ok {
		return
	}
	path := good(template)
	required, _ := body["required"].(bool)
	schema := seen.schemaOf(body["content"].(obj)["application/json"].(obj)["schema"].(obj))
	for _, text := range []string{
		"{", "[]", "null", "true", "0", `"x"`, "{}{}", "{\"a\"", "\x00", "\xff\xfe", "{\"a\":\"\xff\"}", `{"a":1,"a":2}`, "<xml/>", "NaN", "{\"a\":01}",
		strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 5_000), `{"a":"` + strings.Repeat("x", 70_000) + `"}`, "{'a':1}", "\ufeff{}",
	} {
		r := w.call(who, method, path, text)
		what := fmt.Sprintf("%s %s with %.20q", method, path, text)
		if required || text != "null" {
			w.refused(what, r)
		}
	}
	if required {
		w.refused(method+" "+path+" with nothing", w.call(who, method, path, nil))
	}
	for name := range schema["properties"].(obj) {
		for _, value := range []any{
			nil, true, -1, 0, 1.5, 1e300, "1e3", "", " ", "\x00", "x", strings.Repeat("y", 600), []any{}, []any{1}, obj{}, obj{"a": 1}, "付款\u202e", "9223372036854775808",
		} {
			filled := sample(schema)
			filled[name] = value
			w.tolerable(fmt.Sprintf("%s %s with %s = %.20v", method, path, name, value), w.call(who, method, path, filled))
		}
		filled := sample(schema)
		delete(filled, name)
		r := w.call(who, method, path, filled)
		if list, _ := schema["required"].([]any); slices.Contains(list, any(name)) {
			w.refused(fmt.Sprintf("%s %s without %s", method, path, name), r)
		}
		for _, big := range []string{"99999999999999999999", "1e400", "-9223372036854775809", "1.0000000000000001", "12345678901234567890123e-5"} {
			w.tolerable(fmt.Sprintf("%s %s with %s = %s", method, path, name, big), w.call(who, method, path, `{"`+name+`":`+big+`}`))
		}
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense", "application/json;;"} {
		w.refused(method+" "+path+" as "+kind, w.call(func(r *http.Request) { who(r); r.Header.Set("Content-Type", kind) }, method, path, sample(schema)))
	}
}

// sample fills a schema's fields with values of the right type.
func sample(schema obj) obj {
	out := obj{}
	for name, s := range schema["properties"].(obj) {
		switch field := seen.schemaOf(s.(obj)); field["type"] {
		case "integer":
			out[name] = 1
		case "array":
			out[name] = []any{}
		case "string":
			out[name] = "x"
		}
		if name == "currency" {
			out[name] = "CNY"
		}
	}
	return out
}

// tryCallers calls as everybody who may not.
func (w *world) tryCallers(callers map[string]as, method, template, role string) {
	if role == "" {
		return
	}
	wrong := map[string]as{
		"nobody": nobody, "an empty key": bearer(""), "a long key": bearer(strings.Repeat("k", 4000)), "a mistyped key": bearer("op_00000000000000000000000000000000000000000"),
		"basic":     func(r *http.Request) { r.SetBasicAuth("a", "b") },
		"two keys":  func(r *http.Request) { r.Header["Authorization"] = []string{"Bearer a", "Bearer b"} },
		"bad UTF-8": bearer("\xff\xfe"),
	}
	for name, who := range callers {
		if name != role {
			wrong[name] = who
		}
	}
	for name, who := range wrong {
		r := w.call(who, method, good(template), nil)
		w.refused(method+" "+template+" as "+name, r)
		if r.status != 401 && r.status != 403 {
			w.t.Errorf("%s %s as %s answered %d", method, template, name, r.status)
		}
	}
}

func TestNamesAreExact(t *testing.T) {
	w := newWorld(t)
	_, key := w.newMerchant("Corner Shop")
	p := enrolled(w, w.newPayer("u-1", "Ada", 5000))
	body := `{"order_no":"A-1","code":"` + p.digits() + `","amount":100,"currency":"CNY","Amount":-100,"AMOUNT":1}`
	if got := w.want(w.call(bearer(key), "POST", "/v1/payments", body), 201); got.body["amount"] != 100.0 {
		t.Errorf("another spelling of a name was taken: %s", got.text)
	}
}

// TestSlowBody sends a head and then nothing.
func TestSlowBody(t *testing.T) {
	w := newWorld(t)
	c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /v1/payers HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", w.op)
	c.SetReadDeadline(time.Now().Add(30 * time.Second))
	b := make([]byte, 4096)
	n, err := c.Read(b)
	if err != nil || !strings.Contains(string(b[:n]), " 408 ") || !strings.Contains(string(b[:n]), `"code":"request_timeout"`) {
		t.Errorf("answered %q, %v", b[:n], err)
	}
}

// TestBrokenBody ends a body before its time.
func TestBrokenBody(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}", "Content-Length: 2\r\n\r\n{}"} {
		c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST /v1/payers HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n%s", w.op, body)
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		b := make([]byte, 4096)
		n, err := c.Read(b)
		if err != nil || !strings.Contains(string(b[:n]), " 4") || !strings.Contains(string(b[:n]), `"code"`) {
			t.Errorf("%q answered %q, %v", body, b[:n], err)
		}
		c.Close()
	}
}
