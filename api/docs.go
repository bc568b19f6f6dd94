package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsTemplate string

//go:embed docs.css
var docsStyle []byte

// renderDocs makes the page for people from the document: no script, and no
// other host than this one.
func renderDocs(doc *huma.OpenAPI, routes []route) ([]byte, error) {
	t, err := template.New("docs").Funcs(template.FuncMap{"text": prose}).Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	err = t.Execute(&page, struct {
		Info     *huma.Info
		Sections []section
		Schemes  map[string]*huma.SecurityScheme
		Types    []typeDoc
		Problems []Kind
		Declines any
	}{doc.Info, sectionsOf(doc, routes), doc.Components.SecuritySchemes, typesOf(doc), kinds, declines})
	return page.Bytes(), err
}

// section is the calls of one kind of caller.
type section struct {
	*huma.Tag
	Calls []call
}

// call is one operation, ready to be printed.
type call struct {
	*huma.Operation
	Fields  []fieldDoc // of parameters and body
	Answers []answerDoc
}

type fieldDoc struct {
	Where, Name, Type, About string
	Required                 bool
}

type answerDoc struct{ Status, About, Type string }

// typeDoc is one schema.
type typeDoc struct {
	Name   string
	Fields []fieldDoc
}

func sectionsOf(doc *huma.OpenAPI, routes []route) (sections []section) {
	for _, tag := range doc.Tags {
		s := section{Tag: tag}
		for _, r := range routes {
			if r.tag == tag.Name {
				s.Calls = append(s.Calls, callOf(doc, operationAt(doc, r)))
			}
		}
		sections = append(sections, s)
	}
	return sections
}

// operationAt is the documented operation of a route.
func operationAt(doc *huma.OpenAPI, r route) *huma.Operation {
	item := doc.Paths[r.path]
	return map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}[r.method]
}

func callOf(doc *huma.OpenAPI, op *huma.Operation) call {
	c := call{Operation: op}
	for _, p := range op.Parameters {
		c.Fields = append(c.Fields, fieldDoc{p.In, p.Name, typeName(p.Schema), describe(p.Description, p.Schema), p.Required})
	}
	if op.RequestBody != nil {
		for _, media := range op.RequestBody.Content {
			c.Fields = append(c.Fields, fieldsOf(resolve(doc, media.Schema), "body")...)
		}
	}
	for _, status := range sortedKeys(op.Responses) {
		r := op.Responses[status]
		a := answerDoc{Status: status, About: r.Description}
		for kind, media := range r.Content {
			if a.Type = typeName(media.Schema); a.Type == "string" {
				a.Type = kind
			}
		}
		c.Answers = append(c.Answers, a)
	}
	return c
}

func typesOf(doc *huma.OpenAPI) (types []typeDoc) {
	schemas := doc.Components.Schemas.Map()
	for _, name := range sortedKeys(schemas) {
		types = append(types, typeDoc{name, fieldsOf(schemas[name], "")})
	}
	return types
}

func fieldsOf(s *huma.Schema, where string) (fields []fieldDoc) {
	for _, name := range sortedKeys(s.Properties) {
		p := s.Properties[name]
		fields = append(fields, fieldDoc{where, name, typeName(p), describe(p.Description, p), slices.Contains(s.Required, name)})
	}
	return fields
}

func resolve(doc *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s.Ref != "" {
		return doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// typeName is a schema in a word or two.
func typeName(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	case s.Type == huma.TypeArray:
		return "list of " + typeName(s.Items)
	case len(s.OneOf) > 0:
		return "string or integer"
	case s.Type == "":
		return "object"
	case s.Format == "date-time":
		return "time"
	}
	return s.Type
}

// describe is what a field means and which values it takes.
func describe(about string, s *huma.Schema) string {
	var bounds []string
	add := func(format string, v any) { bounds = append(bounds, fmt.Sprintf(format, v)) }
	if len(s.Enum) > 0 {
		add("one of %v", strings.Trim(fmt.Sprint(s.Enum), "[]"))
	}
	if s.Minimum != nil {
		add("at least %.0f", *s.Minimum)
	}
	if s.Maximum != nil {
		add("at most %.0f", *s.Maximum)
	}
	if s.MaxLength != nil {
		add("at most %d characters", *s.MaxLength)
	}
	if s.Default != nil {
		add("%v unless given", s.Default)
	}
	if len(bounds) == 0 {
		return about
	}
	return about + " (" + strings.Join(bounds, ", ") + ")"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// prose writes the little Markdown that descriptions have: paragraphs, `code` and **bold**.
func prose(s string) template.HTML {
	var b strings.Builder
	for p := range strings.SplitSeq(s, "\n\n") {
		p = paired(paired(template.HTMLEscapeString(p), "`", "code"), "**", "strong")
		b.WriteString("<p>" + p + "</p>\n")
	}
	return template.HTML(b.String())
}

// paired puts what stands between two marks into an element.
func paired(s, mark, element string) string {
	parts := strings.Split(s, mark)
	for i := 1; i+1 < len(parts); i += 2 {
		parts[i] = "<" + element + ">" + parts[i] + "</" + element + ">"
	}
	return strings.Join(parts, "")
}
