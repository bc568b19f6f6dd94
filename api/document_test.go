package api_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocument checks what a reader of the document relies on: every reference
// leads somewhere, every parameter of a path is declared, everything is described.
func TestDocument(t *testing.T) {
	d := seen.document
	if d["openapi"] != "3.1.0" {
		t.Errorf("openapi = %v", d["openapi"])
	}
	checkRefs(t, d, "#")
	operations := map[any]bool{}
	for path, item := range d["paths"].(obj) {
		for method, described := range item.(obj) {
			op := described.(obj)
			name := strings.ToUpper(method) + " " + path
			if operations[op["operationId"]] || op["operationId"] == "" {
				t.Errorf("%s: operationId %v", name, op["operationId"])
			}
			operations[op["operationId"]] = true
			checkOperation(t, name, path, op)
		}
	}
	for name, schema := range d["components"].(obj)["schemas"].(obj) {
		checkDescribed(t, name, schema.(obj))
	}
	problems := map[any]bool{}
	for _, p := range d["x-problems"].([]any) {
		problems[p.(obj)["code"]] = true
	}
	for path, item := range d["paths"].(obj) {
		for _, op := range item.(obj) {
			for status, r := range op.(obj)["responses"].(obj) {
				codes, _ := r.(obj)["x-codes"].([]any)
				for _, code := range codes {
					if !problems[code] {
						t.Errorf("%s %s: code %v is not listed", path, status, code)
					}
				}
			}
		}
	}
}

func checkOperation(t *testing.T, name, path string, op obj) {
	t.Helper()
	if op["summary"] == "" || len(op["tags"].([]any)) != 1 || op["security"] == nil {
		t.Errorf("%s has no summary, tag or security", name)
	}
	var declared []string
	params, _ := op["parameters"].([]any)
	for _, p := range params {
		p := p.(obj)
		if p["description"] == nil || p["schema"] == nil {
			t.Errorf("%s: parameter %v is not described", name, p["name"])
		}
		if p["in"] == "path" {
			declared = append(declared, p["name"].(string))
		}
	}
	for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
		if !slices.Contains(declared, m[1]) {
			t.Errorf("%s: {%s} is not declared", name, m[1])
		}
	}
	success := 0
	for status, r := range op["responses"].(obj) {
		if r.(obj)["description"] == "" {
			t.Errorf("%s: %s is not described", name, status)
		}
		if status[0] == '2' {
			success++
		} else if codes, _ := r.(obj)["x-codes"].([]any); len(codes) == 0 {
			t.Errorf("%s: %s has no code", name, status)
		}
	}
	if success == 0 {
		t.Errorf("%s never succeeds", name)
	}
}

func checkRefs(t *testing.T, v any, at string) {
	switch v := v.(type) {
	case obj:
		if ref, ok := v["$ref"].(string); ok {
			name, local := strings.CutPrefix(ref, "#/components/schemas/")
			if _, found := seen.document["components"].(obj)["schemas"].(obj)[name]; !local || !found {
				t.Errorf("%s: %s leads nowhere", at, ref)
			}
		}
		for name, inner := range v {
			checkRefs(t, inner, at+"/"+name)
		}
	case []any:
		for i, inner := range v {
			checkRefs(t, inner, fmt.Sprint(at, "/", i))
		}
	}
}

func checkDescribed(t *testing.T, name string, schema obj) {
	t.Helper()
	properties, _ := schema["properties"].(obj)
	for field, s := range properties {
		s := s.(obj)
		if s["description"] == nil {
			t.Errorf("%s.%s is not described", name, field)
		}
		if unit, _ := s["description"].(string); s["type"] == "integer" && slices.Contains([]string{"amount", "refunded", "per_payment", "per_day", "confirm_above"}, field) && !strings.Contains(unit, "minor units") {
			t.Errorf("%s.%s has no unit", name, field)
		}
	}
}

// TestDocsCallNobody: the page for people is complete, and loads from this server alone.
func TestDocsCallNobody(t *testing.T) {
	w := newWorld(t)
	page := w.want(w.call(nobody, "GET", "/docs", nil), 200)
	for _, part := range regexp.MustCompile(`(?:src|href|action)="([^"]*)"`).FindAllStringSubmatch(page.text, -1) {
		if strings.Contains(part[1], "//") {
			t.Errorf("the page refers to %s", part[1])
		}
	}
	if strings.Contains(page.text, "<script") || !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Error("the page runs scripts, or may")
	}
	for _, item := range seen.document["paths"].(obj) {
		for _, op := range item.(obj) {
			if id := op.(obj)["operationId"].(string); !strings.Contains(page.text, `id="`+id+`"`) {
				t.Errorf("the page does not have %s", id)
			}
		}
	}
	for _, p := range seen.document["x-problems"].([]any) {
		if code := p.(obj)["code"].(string); !strings.Contains(page.text, `id="problem-`+code+`"`) {
			t.Errorf("the page does not have the problem %s", code)
		}
	}
	again := w.call(func(r *http.Request) { r.Header.Set("If-None-Match", page.header.Get("ETag")) }, "GET", "/docs", nil)
	if again.status != 304 {
		t.Errorf("the same page again answered %d", again.status)
	}
}

// TestPageListsEveryCall: docs/api.md names the calls that there are, and no other.
func TestPageListsEveryCall(t *testing.T) {
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]bool{}
	for path, item := range seen.document["paths"].(obj) {
		for method := range item.(obj) {
			call := strings.ToUpper(method) + " " + path
			calls[call] = true
			if !strings.Contains(string(text), "`"+call+"`") {
				t.Errorf("docs/api.md does not have %s", call)
			}
		}
	}
	for _, m := range regexp.MustCompile("`((?:GET|POST|PUT|DELETE) /[^` ]*)`").FindAllStringSubmatch(string(text), -1) {
		if !calls[m[1]] {
			t.Errorf("docs/api.md has %s, which is not a call", m[1])
		}
	}
}
