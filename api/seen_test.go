package api_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/server"
)

// seen notes which documented answers occurred in the tests, so that at the end
// those that never did can be named: a promise that no test has seen kept.
var seen = &sightings{answers: map[string]bool{}}

type sightings struct {
	mu       sync.Mutex
	document obj
	answers  map[string]bool // "charge 201"
}

// rare are answers of every call to load and faults, tested once and not for each call.
var rare = []string{"408", "500", "503"}

// note holds an answer against the document.
func (s *sightings) note(t *testing.T, r *http.Request, got reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := s.operation(r.Method, r.URL.EscapedPath())
	if op == nil {
		return
	}
	status := strconv.Itoa(got.status)
	answer, ok := op["responses"].(obj)[status].(obj)
	if !ok {
		t.Errorf("%s %s answered %s, which is not documented: %s", r.Method, r.URL.Path, status, got.text)
		return
	}
	if code := got.str("code"); got.status >= 400 && !slices.Contains(answer["x-codes"].([]any), any(code)) {
		t.Errorf("%s %s answered %s %s, which is not documented", r.Method, r.URL.Path, status, code)
	}
	s.answers[op["operationId"].(string)+" "+status] = true
}

// operation finds the documented call of a request.
func (s *sightings) operation(method, path string) (found obj) {
	exact := false
	for template, item := range s.document["paths"].(obj) {
		op, ok := item.(obj)[strings.ToLower(method)].(obj)
		if !ok {
			continue
		}
		pattern := regexp.MustCompile(`\\\{[^}]*\\\}`).ReplaceAllString(regexp.QuoteMeta(template), `[^/]+`)
		if regexp.MustCompile("^"+pattern+"$").MatchString(path) && !exact {
			found, exact = op, template == path
		}
	}
	return found
}

// missing lists documented answers that never occurred.
func (s *sightings) missing() (missing []string) {
	for _, item := range s.document["paths"].(obj) {
		for _, op := range item.(obj) {
			o := op.(obj)
			for status := range o["responses"].(obj) {
				name := o["operationId"].(string) + " " + status
				if !s.answers[name] && !slices.Contains(rare, status) {
					missing = append(missing, name)
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// schemaOf resolves a schema of the document.
func (s *sightings) schemaOf(schema obj) obj {
	if ref, ok := schema["$ref"].(string); ok {
		return s.document["components"].(obj)["schemas"].(obj)[strings.TrimPrefix(ref, "#/components/schemas/")].(obj)
	}
	return schema
}

func TestMain(m *testing.M) {
	flag.Parse()
	if err := seen.load(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if all := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" && flag.Lookup("test.list").Value.String() == ""; all && code == 0 {
		if missing := seen.missing(); len(missing) > 0 {
			fmt.Printf("documented answers that no test has seen:\n%s\n", strings.Join(missing, "\n"))
			code = 1
		}
	}
	os.Exit(code)
}

// load reads the document from a server that is never run.
func (s *sightings) load() error {
	dir, err := os.MkdirTemp("", "paycode-api-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	keys, err := issuing.KeyFile{Path: filepath.Join(dir, "master.key")}.Generate(rand.Reader)
	if err != nil {
		return err
	}
	srv, err := server.Open(context.Background(), server.Config{
		Database: "sqlite:" + filepath.Join(dir, "a.db"), Listen: "localhost:0", Keys: keys, Platform: identity(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	defer srv.Close()
	w := httptest.NewRecorder()
	srv.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	return json.Unmarshal(w.Body.Bytes(), &s.document)
}
