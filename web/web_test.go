package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// handler is made once: compressing everything takes a while.
var handler = sync.OnceValues(func() (http.Handler, error) {
	return Handler(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
})

func get(t *testing.T, path string, headers ...string) *http.Response {
	t.Helper()
	h, err := handler()
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestWhatIsServed(t *testing.T) {
	for path, want := range map[string]string{
		"/wallet/":                     "text/html; charset=utf-8",
		"/wallet/index.html":           "text/html; charset=utf-8",
		"/cashier/":                    "text/html; charset=utf-8",
		"/base.css":                    "text/css; charset=utf-8",
		"/i18n.js":                     "text/javascript; charset=utf-8",
		"/scan.js":                     "text/javascript; charset=utf-8",
		"/sdk/index.js":                "text/javascript; charset=utf-8",
		"/vendor/zxing_reader.wasm":    "application/wasm",
		"/wallet/manifest.webmanifest": "application/manifest+json",
		"/wallet/icon.svg":             "image/svg+xml",
		"/wallet/icon-192.png":         "image/png",
	} {
		r := get(t, path)
		if r.StatusCode != 200 || r.Header.Get("Content-Type") != want {
			t.Errorf("%s: %d %s, want %s", path, r.StatusCode, r.Header.Get("Content-Type"), want)
		}
		for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"} {
			if r.Header.Get(name) != value {
				t.Errorf("%s: %s = %q", path, name, r.Header.Get(name))
			}
		}
	}
	for _, path := range []string{"/nothing", "/scan.test.js", "/web.go", "/vendor/update.sh", "/wallet/../web.go", "/vendor/", "/sdk/package.json", "/wallet//index.html"} {
		if r := get(t, path); r.StatusCode != 404 {
			t.Errorf("%s answered %d", path, r.StatusCode)
		}
	}
	for path, want := range redirects {
		if r := get(t, path); r.StatusCode != 302 || r.Header.Get("Location") != want {
			t.Errorf("%s answered %d to %s", path, r.StatusCode, r.Header.Get("Location"))
		}
	}
}

// TestGateServesItselfAlone: a gate's page comes with what it needs, and a server has none.
func TestGateServesItselfAlone(t *testing.T) {
	gate, err := Gate(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/": 302, "/gate": 302, "/gate/": 200, "/gate/gate.js": 200, "/scan.js": 200, "/vendor/zxing_reader.wasm": 200,
		"/wallet/": 404, "/cashier/": 404, "/wallet/sw.js": 404, "/sdk/index.js": 404, "/gate/hold.test.js": 404,
	} {
		w := httptest.NewRecorder()
		gate.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want {
			t.Errorf("%s answered %d, want %d", path, w.Code, want)
		}
		if path == "/gate/" && w.Header().Get("Content-Security-Policy") != policy {
			t.Error("the gate's page is not restricted")
		}
	}
	if r := get(t, "/gate/"); r.StatusCode != 404 {
		t.Errorf("a server's /gate/ answered %d", r.StatusCode)
	}
}

// TestDocumentsAreRestricted: whatever a browser runs by its own policies is sent
// with them, an answer without a body too; what a document brings along is not.
func TestDocumentsAreRestricted(t *testing.T) {
	restrictions := map[string]string{
		"Content-Security-Policy":    policy,
		"Permissions-Policy":         "camera=(self), microphone=(), geolocation=(), payment=()",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Referrer-Policy":            "no-referrer",
	}
	for path, restricted := range map[string]bool{
		"/wallet/":                     true,
		"/wallet/index.html":           true,
		"/cashier/":                    true,
		"/wallet/sw.js":                true,
		"/cashier/sw.js":               true,
		"/wallet/icon.svg":             true,
		"/wallet/wallet.js":            false,
		"/cashier/cashier.css":         false,
		"/sdk/index.js":                false,
		"/vendor/zxing_reader.wasm":    false,
		"/wallet/manifest.webmanifest": false,
	} {
		for _, have := range []string{"", "*"} {
			r := get(t, path, "If-None-Match", have)
			for name, value := range restrictions {
				if !restricted {
					value = ""
				}
				if r.Header.Get(name) != value {
					t.Errorf("%s, %d: %s = %q, want %q", path, r.StatusCode, name, r.Header.Get(name), value)
				}
			}
		}
	}
}

func TestCompressedOnceAndKept(t *testing.T) {
	plain, packed := get(t, "/base.css"), get(t, "/base.css", "Accept-Encoding", "br, gzip;q=0.8")
	if packed.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" {
		t.Fatalf("encodings %q and %q", plain.Header.Get("Content-Encoding"), packed.Header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(plain.Body)
	if err != nil || string(body) != string(unpacked) {
		t.Errorf("compressed it is another file, %v", err)
	}
	if plain.Header.Get("ETag") == packed.Header.Get("ETag") {
		t.Error("two encodings with one strong ETag")
	}
	for _, have := range []string{plain.Header.Get("ETag"), "W/" + plain.Header.Get("ETag"), `"x", ` + plain.Header.Get("ETag"), "*"} {
		if r := get(t, "/base.css", "If-None-Match", have); r.StatusCode != 304 {
			t.Errorf("who has %s was answered %d", have, r.StatusCode)
		}
	}
	for _, encoding := range []string{"gzip;q=0", "identity", "br", "gzipped", "gzip;q=x"} {
		if r := get(t, "/base.css", "Accept-Encoding", encoding); r.Header.Get("Content-Encoding") != "" {
			t.Errorf("who accepts %q was sent gzip", encoding)
		}
	}
}

// named finds what a page or module names.
var named = regexp.MustCompile(`(?:from\s+|import\s+|import\(|src=|href=)['"]([^'"]+)['"]|'(/(?:wallet|cashier|vendor|sdk)/[^'#?]*)'`)

// TestNothingIsMissing: whatever a page, a module or the service worker names is
// served, and nothing names another host.
func TestNothingIsMissing(t *testing.T) {
	for _, load := range []func() (map[string]*file, error){loadAll, loadGate} {
		pages, err := load()
		if err != nil {
			t.Fatal(err)
		}
		nothingIsMissing(t, pages)
	}
}

func nothingIsMissing(t *testing.T, pages map[string]*file) {
	for name, f := range pages {
		if !strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, ".html") || strings.HasPrefix(name, "/vendor/") {
			continue
		}
		for _, m := range named.FindAllStringSubmatch(string(f.plain), -1) {
			target := m[1] + m[2]
			switch {
			case strings.HasPrefix(target, "http"), strings.HasPrefix(target, "//"):
				t.Errorf("%s names another host: %s", name, target)
			case strings.HasPrefix(target, "./"), strings.HasPrefix(target, "../"):
				target = resolve(name, target)
				fallthrough
			case strings.HasPrefix(target, "/"):
				if strings.HasSuffix(target, "/") {
					target += "index.html"
				}
				if pages[target] == nil {
					t.Errorf("%s names %s, which is not served", name, target)
				}
			}
		}
	}
}

// resolve is a relative reference, seen from a file.
func resolve(from, to string) string {
	dir := from[:strings.LastIndex(from, "/")]
	for {
		switch {
		case strings.HasPrefix(to, "./"):
			to = to[2:]
		case strings.HasPrefix(to, "../"):
			to, dir = to[3:], dir[:strings.LastIndex(dir, "/")]
		default:
			return dir + "/" + to
		}
	}
}
