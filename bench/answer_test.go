package bench

import (
	"bytes"
	"errors"
	"testing"
)

func TestParseAnswer(t *testing.T) {
	const ok = "HTTP/1.1 201 Created\r\nDate: x\r\ncontent-length:  5\r\nA: b\r\n\r\nhello"
	a, more, err := parseAnswer([]byte(ok))
	if err != nil || more != 0 || a.status != 201 || string(a.body) != "hello" {
		t.Errorf("%+v, %d more, %v", a, more, err)
	}
	for n := range len(ok) {
		if _, more, err := parseAnswer([]byte(ok)[:n]); more == 0 || err != nil {
			t.Errorf("%q: %d more, %v", ok[:n], more, err)
		}
	}
	for name, text := range map[string]string{
		"no length":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"no number":       "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
		"negative":        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
		"too long":        "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nhello",
		"no status":       "HTTP/1.1 OK\r\nContent-Length: 5\r\n\r\nhello",
		"no HTTP":         "SSH-2.0-OpenSSH_9.2\r\n\r\n",
		"another behind":  ok + "H",
		"a head unending": string(bytes.Repeat([]byte("a"), maxBody+1)),
	} {
		if a, more, err := parseAnswer([]byte(text)); !errors.Is(err, errAnswer) {
			t.Errorf("%s: %+v, %d more, %v", name, a, more, err)
		}
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, more, err := parseAnswer(b)
		if err == nil && more == 0 && (len(a.body) > len(b) || !bytes.HasSuffix(b, a.body)) {
			t.Errorf("%q has the body %q", b, a.body)
		}
	})
}

func TestIDInAnswer(t *testing.T) {
	for answer, want := range map[string]string{
		`{"id":"pay_1","status":"succeeded"}`: "pay_1", `{}`: "", ``: "", `{"id":"pay_`: "pay_",
	} {
		if got := string(idIn([]byte(answer))); got != want {
			t.Errorf("%s: %q", answer, got)
		}
	}
}
