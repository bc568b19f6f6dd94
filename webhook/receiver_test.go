package webhook_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/paycode/paycode/webhook"
)

// receiver receives webhooks that are signed by a secret. What take refuses comes again
// later, and what it took may come again too, under the same id.
func receiver(secret string, take func(id string, event []byte) error) (http.Handler, error) {
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil || hook.Verify(body, r.Header) != nil { // not signed by the secret, or more than five minutes old
			http.Error(w, "not accepted", http.StatusBadRequest)
			return
		}
		if err := take(r.Header.Get(standardwebhooks.HeaderWebhookID), body); err != nil {
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}), nil
}

// heard counts what a receiver took, by id.
type heard chan string

func inGo(t *testing.T, secret string) (url string, took heard) {
	took = make(heard, 100)
	handler, err := receiver(secret, func(id string, _ []byte) error { took <- id; return nil })
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL, took
}

func inJavaScript(t *testing.T, secret string) (url string, took heard) {
	ctx, cancel := context.WithCancel(context.Background())
	node := exec.CommandContext(ctx, "node", "receiver.mjs")
	node.Dir, node.Env, node.Stderr = "client", append(os.Environ(), "PAYCODE_WEBHOOK_SECRET="+secret, "PORT=0"), os.Stderr
	out, err := node.StdoutPipe()
	if err == nil {
		err = node.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); node.Wait() })
	lines := bufio.NewScanner(out)
	var port int
	if !lines.Scan() {
		t.Fatal("the receiver does not start (.ci/install installs the library)")
	}
	if _, err := fmt.Sscanf(lines.Text(), "port %d", &port); err != nil {
		t.Fatalf("%q: %v", lines.Text(), err)
	}
	took = make(heard, 100)
	go func() {
		for lines.Scan() {
			id, _, _ := strings.Cut(lines.Text(), " ")
			took <- id
		}
	}()
	return fmt.Sprintf("http://127.0.0.1:%d/", port), took
}

// TestReceivers: the receivers that the documentation shows, on the libraries of the convention, take
// what is signed now by any of the secrets that sign, and nothing else.
func TestReceivers(t *testing.T) {
	for name, start := range map[string]func(*testing.T, string) (string, heard){"Go": inGo, "JavaScript": inJavaScript} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			e := o.endpoint("http://localhost/")
			url, took := start(t, e.Secret.Reveal())
			s, _ := o.sender(nil)
			desk := o.desk(s)
			if _, err := desk.Change(t.Context(), e.Merchant, e.ID, webhook.Change{URL: &url}); err != nil {
				t.Fatal(err)
			}
			o.later(-6 * time.Minute) // as one that was caught on its way, and is sent again
			id := o.deliver(e, 1)[0].String()
			s.Nudge(e.ID.Bucket(buckets))
			if got := o.await(e, "tried", attempts(1))[0]; got.LastAnswer != "400 Bad Request" {
				t.Errorf("an old one: %q", got.LastAnswer)
			}
			if _, err := desk.Rotate(t.Context(), e.Merchant, e.ID); err != nil {
				t.Fatal(err)
			}
			o.later(6*time.Minute + 6*time.Second)
			s.Nudge(e.ID.Bucket(buckets))
			o.await(e, "delivered, its timestamp renewed and signed by two secrets", all("delivered"))
			if got := <-took; got != id {
				t.Errorf("took %s, want %s", got, id)
			}
			o.later(25 * time.Hour) // its secret's day is over, and the next replacement drops it
			if _, err := desk.Rotate(t.Context(), e.Merchant, e.ID); err != nil {
				t.Fatal(err)
			}
			o.later(time.Since(o.clock())) // on its clock again
			o.deliver(e, 1)
			s.Nudge(e.ID.Bucket(buckets))
			if got := o.await(e, "tried", attempts(1))[0]; got.LastAnswer != "400 Bad Request" {
				t.Errorf("by a secret that it does not know: %q", got.LastAnswer)
			}
			select {
			case got := <-took:
				t.Errorf("took %s", got)
			default:
			}
		})
	}
}

// TestReceiversAreTheDocuments: what merchants read is what was tried here.
func TestReceiversAreTheDocuments(t *testing.T) {
	document, err := os.ReadFile("../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("client/receiver.mjs")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("receiver_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, function, _ := strings.Cut(string(source), "\n// receiver receives")
	function, _, _ = strings.Cut(function, "\n}\n")
	for name, text := range map[string]string{"js": string(script), "go": "// receiver receives" + function + "\n}\n"} {
		if !strings.Contains(string(document), "```"+name+"\n"+text+"```\n") {
			t.Errorf("docs/webhooks.md shows another receiver in %s:\n%s", name, text)
		}
	}
}
