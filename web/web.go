// Package web serves the pages: the wallet, the cashier, a gate's own page, and what they share.
// They are part of the program, no other host is ever called, and the policy
// that documents are sent with has the browser refuse whatever would.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/paycode/paycode/sdk/js"
)

//go:embed base.css amount.js hold.js i18n.js qr.js scan.js shell.js sound.js wallet cashier vendor
var files embed.FS

// gateFiles are the gate's own page, which a server has no use for.
//
//go:embed gate
var gateFiles embed.FS

// policy is the Content-Security-Policy of every document. WebAssembly is for the
// barcode reader, inline styles for the pages' progress rings; nothing inline
// is ever run as a script.
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; media-src 'self' blob:; " +
	"style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

// types are the kinds of file that are served; all others stay in the source tree.
var types = map[string]string{
	".html":        "text/html; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".json":        "application/json",
	".webmanifest": "application/manifest+json",
	".wasm":        "application/wasm",
	".svg":         "image/svg+xml",
	".png":         "image/png",
}

// file is one file, ready to be sent.
type file struct {
	contentType string
	tag         string // a strong ETag of plain
	plain       []byte
	gzip        []byte // nil where it would not be smaller
}

// Handler serves the pages by their paths; notFound answers all others.
func Handler(notFound http.HandlerFunc) (http.Handler, error) {
	pages, err := loadAll()
	if err != nil {
		return nil, err
	}
	return serve(pages, redirects, notFound), nil
}

// Gate serves a gate's own page and what it needs, and nothing else.
func Gate(notFound http.HandlerFunc) (http.Handler, error) {
	pages, err := loadGate()
	if err != nil {
		return nil, err
	}
	return serve(pages, map[string]string{"/": "/gate/", "/gate": "/gate/"}, notFound), nil
}

func serve(pages map[string]*file, redirects map[string]string, notFound http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path
		if target, ok := redirects[name]; ok {
			http.Redirect(w, r, target, http.StatusFound)
			return
		}
		if strings.HasSuffix(name, "/") {
			name += "index.html"
		}
		f, ok := pages[name]
		if !ok {
			notFound(w, r)
			return
		}
		if isDocument(name) {
			restrict(w.Header())
		}
		f.serve(w, r)
	})
}

// isDocument reports whether a file is run by its own policies: a page, a picture
// that can be opened as one, the service worker. Of all that these bring along a
// browser asks nothing; there, policies would be bytes of every first visit.
func isDocument(name string) bool {
	ext := path.Ext(name)
	return ext == ".html" || ext == ".svg" || slices.Contains(workers, name)
}

// restrict tells the browser what a document may do.
func restrict(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
}

// redirects are the paths that people type.
var redirects = map[string]string{"/": "/docs", "/wallet": "/wallet/", "/cashier": "/cashier/"}

// loadAll reads everything that is served, by its path.
func loadAll() (map[string]*file, error) {
	pages := map[string]*file{}
	if err := load(pages, files, "/"); err != nil {
		return nil, err
	}
	if err := load(pages, js.FS, "/sdk/"); err != nil {
		return nil, err
	}
	return pages, stampShells(pages)
}

// loadGate reads what a gate serves, by its path.
func loadGate() (map[string]*file, error) {
	all := map[string]*file{}
	for _, from := range []fs.FS{files, gateFiles} {
		if err := load(all, from, "/"); err != nil {
			return nil, err
		}
	}
	maps.DeleteFunc(all, func(name string, _ *file) bool {
		return strings.HasPrefix(name, "/wallet/") || strings.HasPrefix(name, "/cashier/")
	})
	return all, nil
}

// load reads every file of a kind that is served.
func load(pages map[string]*file, from fs.FS, prefix string) error {
	return fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		contentType, served := types[path.Ext(name)]
		if !served || strings.HasSuffix(name, ".test.js") {
			return nil
		}
		body, err := fs.ReadFile(from, name)
		if err != nil {
			return fmt.Errorf("web: %s: %w", name, err)
		}
		pages[prefix+name], err = newFile(contentType, body)
		return err
	})
}

// newFile compresses once what would otherwise be compressed for every visitor.
func newFile(contentType string, body []byte) (*file, error) {
	sum := sha256.Sum256(body)
	f := &file{contentType: contentType, plain: body, tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	if b.Len() < len(body) {
		f.gzip = b.Bytes()
	}
	return f, nil
}

// serve sends the file. Browsers ask each time whether it has changed, so that
// a new version is there at the next visit; most answers are 304.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	body, tag := f.plain, f.tag
	if f.gzip != nil && accepts(r, "gzip") {
		body, tag = f.gzip, strings.TrimSuffix(f.tag, `"`)+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if known(r, tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// accepts reports whether the browser takes an encoding (RFC 9110, section 12.5.3).
func accepts(r *http.Request, encoding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) == encoding {
			q, isQ := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			value, err := strconv.ParseFloat(q, 64)
			return !isQ || err == nil && value > 0
		}
	}
	return false
}

// known reports whether the browser has this version already (RFC 9110, section 13.1.2).
func known(r *http.Request, tag string) bool {
	have := strings.Split(r.Header.Get("If-None-Match"), ",")
	return slices.ContainsFunc(have, func(t string) bool {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		return t == tag || t == "*"
	})
}
